/** Environment variables, as `process.env` has them. */
export type Env = Readonly<Record<string, string | undefined>>;

/** How root spans are chosen. */
export type SamplerSetting =
  | { readonly kind: 'always_on' | 'always_off'; readonly parentBased: boolean }
  | { readonly kind: 'ratio'; readonly ratio: number; readonly parentBased: boolean }
  | { readonly kind: 'file'; readonly parentBased: boolean };

/** Bounds of one export queue. */
export interface QueueSettings {
  readonly maxQueueSize: number;
  readonly maxBatchSize: number;
  readonly delayMs: number;
}

/** What the standard variables (and the mesh's own) say, completed with the defaults. */
export interface TelemetrySettings {
  readonly disabled: boolean;
  readonly exportTraces: boolean;
  readonly exportLogs: boolean;
  readonly tracesEndpoint: string;
  readonly logsEndpoint: string;
  /** Bound of one attempt to export one batch. */
  readonly exportTimeoutMs: number;
  /** Bound of a flush, and of a shutdown. */
  readonly flushTimeoutMs: number;
  readonly spanQueue: QueueSettings;
  readonly logQueue: QueueSettings;
  readonly sampler: SamplerSetting;
  /** Undefined: `configs/sampling-strategies.json` below the working directory, where it exists. */
  readonly samplingFile: string | undefined;
  /** Write the RPC attributes of before the release candidate, too. */
  readonly oldRpcNames: boolean;
  readonly resourceAttributes: Readonly<Record<string, string>>;
}

/** A variable that had a value it cannot have. */
export interface SettingProblem {
  readonly variable: string;
  readonly value: string;
  readonly sentence: string;
}

/** The process's own environment. The one place of this library that reads it. */
export function processEnv(): Env {
  return process.env;
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

// A process that is told to stop is killed soon after.
const longestFlushMs = 5_000;

/** Reads the settings; what cannot be read has its default and is reported in `problems`. */
export function readSettings(env: Env): { settings: TelemetrySettings; problems: SettingProblem[] } {
  const reader = new SettingsReader(env);
  const endpoint = reader.url('OTEL_EXPORTER_OTLP_ENDPOINT', 'http://localhost:4317');
  const samplerName = reader.choice('OTEL_TRACES_SAMPLER', Object.keys(samplers), undefined);
  const ratio = samplerName?.endsWith('traceidratio')
    ? reader.number('OTEL_TRACES_SAMPLER_ARG', { default: 1, min: 0, max: 1, integer: false })
    : 1;
  reader.choice('OTEL_EXPORTER_OTLP_PROTOCOL', ['grpc'], 'grpc');
  const exportTimeoutMs = reader.number('OTEL_EXPORTER_OTLP_TIMEOUT', {
    default: 5_000,
    min: 1,
    max: 60_000,
  });
  const batchTimeoutMs = reader.number('OTEL_BSP_EXPORT_TIMEOUT', {
    default: 30_000,
    min: 1,
    max: 3_600_000,
  });
  const settings: TelemetrySettings = {
    disabled: reader.choice('OTEL_SDK_DISABLED', ['true', 'false'], 'false') === 'true',
    exportTraces: reader.choice('OTEL_TRACES_EXPORTER', ['otlp', 'none'], 'otlp') === 'otlp',
    exportLogs: reader.choice('OTEL_LOGS_EXPORTER', ['otlp', 'none'], 'otlp') === 'otlp',
    tracesEndpoint: reader.url('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', endpoint),
    logsEndpoint: reader.url('OTEL_EXPORTER_OTLP_LOGS_ENDPOINT', endpoint),
    exportTimeoutMs: Math.min(exportTimeoutMs, batchTimeoutMs),
    flushTimeoutMs: Math.min(longestFlushMs, batchTimeoutMs),
    spanQueue: reader.queue('OTEL_BSP'),
    logQueue: reader.queue('OTEL_BLRP'),
    // Unset, the file decides, and keeps everything where there is none.
    sampler: samplers[samplerName ?? 'parentbased_jaeger_remote']?.(ratio) ?? {
      kind: 'always_on',
      parentBased: true,
    },
    samplingFile: reader.text('RYZ_SAMPLING_FILE'),
    oldRpcNames: (reader.text('OTEL_SEMCONV_STABILITY_OPT_IN') ?? '')
      .split(',')
      .some((part) => part.trim() === 'rpc/dup'),
    resourceAttributes: reader.pairs('OTEL_RESOURCE_ATTRIBUTES'),
  };
  return { settings, problems: reader.problems };
}

interface NumberRange {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
}

class SettingsReader {
  readonly problems: SettingProblem[] = [];
  private readonly env: Env;

  constructor(env: Env) {
    this.env = env;
  }

  /** OpenTelemetry: an empty variable is an unset one. */
  text(variable: string): string | undefined {
    const value = this.env[variable]?.trim();
    return value === '' ? undefined : value;
  }

  choice<D extends string | undefined>(
    variable: string,
    allowed: readonly string[],
    fallback: D,
  ): string | D {
    const value = this.text(variable);
    if (value === undefined) return fallback;
    const found = allowed.find((one) => one === value.toLowerCase());
    if (found !== undefined) return found;
    return this.refuse(variable, value, `one of ${allowed.join(', ')}`, fallback);
  }

  number(variable: string, range: NumberRange): number {
    const value = this.text(variable);
    if (value === undefined) return range.default;
    const number = Number(value);
    const whole = range.integer !== false;
    if (number >= range.min && number <= range.max && (!whole || Number.isInteger(number))) return number;
    const wanted = `a ${whole ? 'whole ' : ''}number from ${range.min} to ${range.max}`;
    return this.refuse(variable, value, wanted, range.default);
  }

  url(variable: string, fallback: string): string {
    const value = this.text(variable);
    if (value === undefined) return fallback;
    if (URL.canParse(value) && /^https?:\/\//.test(value)) return value;
    return this.refuse(variable, value, 'an http:// or https:// address', fallback);
  }

  queue(prefix: string): QueueSettings {
    const maxQueueSize = this.number(`${prefix}_MAX_QUEUE_SIZE`, { default: 4_096, min: 1, max: 1_000_000 });
    const maxBatchSize = this.number(`${prefix}_MAX_EXPORT_BATCH_SIZE`, {
      default: 128,
      min: 1,
      max: 10_000,
    });
    const delayMs = this.number(`${prefix}_SCHEDULE_DELAY`, { default: 1_000, min: 1, max: 3_600_000 });
    return { maxQueueSize, maxBatchSize: Math.min(maxBatchSize, maxQueueSize), delayMs };
  }

  pairs(variable: string): Record<string, string> {
    const pairs: Record<string, string> = {};
    const value = this.text(variable);
    for (const part of value?.split(',') ?? []) {
      const equals = part.indexOf('=');
      const key = part.slice(0, Math.max(equals, 0)).trim();
      try {
        if (key === '') throw new Error('no key');
        pairs[key] = decodeURIComponent(part.slice(equals + 1).trim());
      } catch {
        if (part.trim() !== '')
          this.refuse(variable, part.trim(), 'key=value pairs, percent-encoded', 'the other pairs');
      }
    }
    return pairs;
  }

  private refuse<T extends string | number | undefined>(
    variable: string,
    value: string,
    wanted: string,
    used: T,
  ): T {
    const sentence = `${variable} is "${value}", but must be ${wanted}; using ${used ?? 'the default'}`;
    this.problems.push({ variable, value, sentence });
    return used;
  }
}
