import type { SettingsReader } from './settings-reader.ts';

/** How root spans are chosen. */
export type SamplerSetting =
  | { readonly kind: 'always_on' | 'always_off'; readonly parentBased: boolean }
  | { readonly kind: 'ratio'; readonly ratio: number; readonly parentBased: boolean }
  | { readonly kind: 'file'; readonly parentBased: boolean };

/** What decides which traces are kept. */
export interface SamplerSettings {
  readonly sampler: SamplerSetting;
  /** Undefined: `configs/sampling-strategies.json` below the working directory, where it exists. */
  readonly samplingFile: string | undefined;
}

const samplers: Readonly<Record<string, (argument: number) => SamplerSetting>> = {
  always_on: () => ({ kind: 'always_on', parentBased: false }),
  always_off: () => ({ kind: 'always_off', parentBased: false }),
  traceidratio: (ratio) => ({ kind: 'ratio', ratio, parentBased: false }),
  parentbased_always_on: () => ({ kind: 'always_on', parentBased: true }),
  parentbased_always_off: () => ({ kind: 'always_off', parentBased: true }),
  parentbased_traceidratio: (ratio) => ({ kind: 'ratio', ratio, parentBased: true }),
  jaeger_remote: () => ({ kind: 'file', parentBased: false }),
  parentbased_jaeger_remote: () => ({ kind: 'file', parentBased: true }),
};

export function readSamplerSettings(reader: SettingsReader): SamplerSettings {
  const name = reader.choice('OTEL_TRACES_SAMPLER', Object.keys(samplers), undefined);
  const ratio = name?.endsWith('traceidratio')
    ? reader.number('OTEL_TRACES_SAMPLER_ARG', { default: 1, min: 0, max: 1, integer: false })
    : 1;
  return {
    // Unset, the file decides, and keeps everything where there is none.
    sampler: samplers[name ?? 'parentbased_jaeger_remote']?.(ratio) ?? {
      kind: 'always_on',
      parentBased: true,
    },
    samplingFile: reader.text('RYZ_SAMPLING_FILE'),
  };
}
