import type { SettingsReader } from './settings-reader.ts';

/** How much one log record may hold. */
export interface LogLimits {
  /** Characters of the message, and of each attribute. */
  readonly attributeValueLength: number;
  readonly attributeCount: number;
}

export interface LogSettings {
  readonly logLimits: LogLimits;
}

export function readLogSettings(reader: SettingsReader): LogSettings {
  const limit = (name: string, fallback: number) =>
    reader.number(`OTEL_LOGRECORD_${name}`, {
      default: reader.number(`OTEL_${name}`, { default: fallback, min: 1, max: 1_000_000 }),
      min: 1,
      max: 1_000_000,
    });
  return {
    logLimits: {
      // An error's stack fits, with those of its causes.
      attributeValueLength: limit('ATTRIBUTE_VALUE_LENGTH_LIMIT', 8_192),
      attributeCount: limit('ATTRIBUTE_COUNT_LIMIT', 128),
    },
  };
}
