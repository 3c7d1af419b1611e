/**
 * Where telemetry says what is wrong with itself. pino and the mesh's own logger satisfy it.
 *
 * @example
 * const logger: TelemetryLogger = {
 *   info: () => {},
 *   warn: (fields, message) => console.warn(message, fields),
 *   error: (fields, message) => console.error(message, fields),
 * };
 * const telemetry = startTelemetry({ serviceName: 'my-service', logger });
 */
export interface TelemetryLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** How grave something is, the least first; `none` is graver than all, so that nothing is said. */
export type ReportLevel = 'info' | 'warn' | 'error' | 'none';

const gravity: readonly ReportLevel[] = ['info', 'warn', 'error', 'none'];

/** Without a logger, Node's own warnings: on standard error, and `process.on('warning')` hears them. */
export const warningLogger: TelemetryLogger = {
  info: () => {},
  warn: (_fields, message) => process.emitWarning(message, 'TelemetryWarning'),
  error: (_fields, message) => process.emitWarning(message, 'TelemetryWarning'),
};

/**
 * Says things once the code that is running has come to its end: a process's logger is usually
 * made from the telemetry that reports to it, and not there yet. A logger that throws is ignored.
 */
export function reporter(logger: TelemetryLogger, level: ReportLevel = 'info') {
  const least = gravity.indexOf(level);
  const says = (one: ReportLevel) => gravity.indexOf(one) >= least;
  const later = (say: () => void) =>
    queueMicrotask(() => {
      try {
        say();
      } catch {
        // Telemetry must not harm the process that it observes.
      }
    });
  return {
    info: (fields: object, message: string) => says('info') && later(() => logger.info(fields, message)),
    warn: (fields: object, message: string) => says('warn') && later(() => logger.warn(fields, message)),
    error: (fields: object, message: string) => says('error') && later(() => logger.error(fields, message)),
  } satisfies TelemetryLogger;
}

/** Lets one call through per `intervalMs`, the first at once. */
export function atMostEvery(
  intervalMs: number,
  nowMs: () => number = () => performance.now(),
): () => boolean {
  let last = -Infinity;
  return () => {
    const now = nowMs();
    if (now - last < intervalMs) return false;
    last = now;
    return true;
  };
}
