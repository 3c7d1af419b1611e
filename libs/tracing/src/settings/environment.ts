/**
 * Environment variables, as `process.env` has them.
 *
 * @example
 * const env: Env = { ...process.env, OTEL_TRACES_EXPORTER: 'none' };
 * const telemetry = startTelemetry({ serviceName: 'my-service', env });
 */
export type Env = Readonly<Record<string, string | undefined>>;

/** The process's own environment. The one place of this library that reads it. */
export function processEnv(): Env {
  return process.env;
}
