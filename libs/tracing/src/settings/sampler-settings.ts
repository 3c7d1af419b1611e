import type { SettingsReader } from './settings-reader.ts';

/** How root spans are chosen. */
export type SamplerSetting =
  | { readonly kind: 'always_on' | 'always_off'; readonly parentBased: boolean }
  | { readonly kind: 'ratio'; readonly ratio: number; readonly parentBased: boolean }
  | { readonly kind: 'file'; readonly parentBased: boolean }
  | ({ readonly kind: 'endpoint'; readonly parentBased: boolean } & EndpointSetting);

/** Where strategies are polled. */
export interface EndpointSetting {
  /** Without the `service` of its query. */
  readonly endpoint: string;
  readonly pollingIntervalMs: number;
  /** Kept until the endpoint has answered. Undefined: what the file says. */
  readonly initialSamplingRate: number | undefined;
}

/** What decides which traces are kept. */
export interface SamplerSettings {
  readonly sampler: SamplerSetting;
  /** Undefined: `configs/sampling-strategies.json` below the working directory, where it exists. */
  readonly samplingFile: string | undefined;
}

const samplers = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
  'jaeger_remote',
  'parentbased_jaeger_remote',
] as const;

const standard = 'parentbased_jaeger_remote';
const prefix = 'parentbased_';
const argument = 'OTEL_TRACES_SAMPLER_ARG';

export function readSamplerSettings(reader: SettingsReader): SamplerSettings {
  return { sampler: readSampler(reader), samplingFile: reader.text('RYZ_SAMPLING_FILE') };
}

function readSampler(reader: SettingsReader): SamplerSetting {
  // Unset, the file decides, and keeps everything where there is none.
  const given = reader.text('OTEL_TRACES_SAMPLER');
  if (given === undefined) return { kind: 'file', parentBased: true };
  const name = reader.choice('OTEL_TRACES_SAMPLER', samplers, standard);
  if (name !== given.toLowerCase()) return { kind: 'file', parentBased: true };
  const parentBased = name.startsWith(prefix);
  switch (parentBased ? name.slice(prefix.length) : name) {
    case 'always_off':
      return { kind: 'always_off', parentBased };
    case 'traceidratio': {
      const ratio = reader.number(argument, { default: 1, min: 0, max: 1, integer: false });
      return { kind: 'ratio', ratio, parentBased };
    }
    case 'jaeger_remote': {
      const endpoint = readEndpoint(reader);
      return endpoint === undefined
        ? { kind: 'file', parentBased }
        : { kind: 'endpoint', parentBased, ...endpoint };
    }
    default:
      return { kind: 'always_on', parentBased };
  }
}

const allowed =
  'endpoint=<http or https address>,pollingIntervalMs=<100 to 86400000>,initialSamplingRate=<0 to 1>, ' +
  'of which only the endpoint is needed';
const defaultPollingIntervalMs = 60_000;

/** The standard's syntax, all of it or what can be read of it. Undefined: there is no endpoint. */
function readEndpoint(reader: SettingsReader): EndpointSetting | undefined {
  const value = reader.text(argument);
  if (value === undefined) return undefined;
  const parts = new Map<string, string>();
  let bad = false;
  for (const part of value.split(',')) {
    const equals = part.indexOf('=');
    const key = part.slice(0, Math.max(equals, 0)).trim();
    bad ||= !['endpoint', 'pollingIntervalMs', 'initialSamplingRate'].includes(key) || parts.has(key);
    parts.set(key, part.slice(equals + 1).trim());
  }
  const number = <D>(key: string, min: number, max: number, fallback: D): number | D => {
    const text = parts.get(key);
    const read = text === '' ? Number.NaN : Number(text);
    if (text === undefined || (read >= min && read <= max)) return text === undefined ? fallback : read;
    bad = true;
    return fallback;
  };
  const setting = {
    endpoint: parts.get('endpoint') ?? '',
    pollingIntervalMs: number('pollingIntervalMs', 100, 86_400_000, defaultPollingIntervalMs),
    initialSamplingRate: number('initialSamplingRate', 0, 1, undefined),
  };
  if (!URL.canParse(setting.endpoint) || !/^https?:\/\//.test(setting.endpoint))
    return reader.refuse(argument, value, allowed, undefined, 'the sampling file');
  if (bad) reader.refuse(argument, value, allowed, undefined, settingText(setting));
  return setting;
}

function settingText({ endpoint, pollingIntervalMs, initialSamplingRate }: EndpointSetting): string {
  const rate = initialSamplingRate === undefined ? '' : `,initialSamplingRate=${initialSamplingRate}`;
  return `endpoint=${endpoint},pollingIntervalMs=${pollingIntervalMs}${rate}`;
}
