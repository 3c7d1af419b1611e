import type { ReportLevel } from '../diagnostics.ts';
import type { Env } from './environment.ts';
import { readLogSettings, type LogSettings } from './log-settings.ts';
import { readMetricSettings, type MetricSettings } from './metric-settings.ts';
import { readExportSettings, type ExportSettings } from './export-settings.ts';
import { readSamplerSettings, type SamplerSettings } from './sampler-settings.ts';
import { SettingsReader, type SettingProblem } from './settings-reader.ts';
import { readSpanSettings, type SpanSettings } from './span-settings.ts';

/** What the standard variables (and the mesh's own) say, completed with the defaults. */
export interface TelemetrySettings
  extends ExportSettings, LogSettings, MetricSettings, SamplerSettings, SpanSettings {
  readonly disabled: boolean;
  /** The least grave that the telemetry says of itself. */
  readonly logLevel: ReportLevel;
}

// What the specification calls all, verbose and debug: the telemetry has nothing below info to say.
const levels: Readonly<Record<string, ReportLevel>> = {
  none: 'none',
  error: 'error',
  warn: 'warn',
  info: 'info',
  debug: 'info',
  verbose: 'info',
  all: 'info',
};

/** Reads the settings; what cannot be read has its default and is reported in `problems`. */
export function readSettings(env: Env): { settings: TelemetrySettings; problems: SettingProblem[] } {
  const reader = new SettingsReader(env);
  const settings: TelemetrySettings = {
    disabled: reader.choice('OTEL_SDK_DISABLED', ['true', 'false'], 'false') === 'true',
    logLevel: levels[reader.choice('OTEL_LOG_LEVEL', Object.keys(levels), 'info')] ?? 'info',
    ...readExportSettings(reader),
    ...readLogSettings(reader),
    ...readMetricSettings(reader),
    ...readSamplerSettings(reader),
    ...readSpanSettings(reader),
  };
  return { settings, problems: reader.problems };
}
