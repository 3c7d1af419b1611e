import { nanoseconds, readAttributes, textAttribute } from '@ryzanstein/trace-analysis';

/** One log record of a trace. */
export interface LogLine {
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** Absent where the record belongs to the trace but to no span. */
  readonly spanId?: string;
  readonly service: string;
  readonly level: string;
  readonly message: string;
}

interface StoredLog {
  readonly timeUnixNano?: unknown;
  readonly spanId?: unknown;
  readonly severityText?: unknown;
  readonly severityNumber?: unknown;
  readonly body?: unknown;
  readonly service?: unknown;
}

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** The log records in tracebox's answer for one trace, oldest first; undefined where it has none of that kind. */
export function readStoredLogs(answer: unknown): LogLine[] | undefined {
  const logs = (answer as { logs?: readonly StoredLog[] } | null | undefined)?.logs;
  if (!Array.isArray(logs)) return undefined;
  return logs
    .map((log: StoredLog) => ({
      timeNs: nanoseconds(log.timeUnixNano),
      ...(typeof log.spanId === 'string' && log.spanId !== '' ? { spanId: log.spanId.toLowerCase() } : {}),
      service: typeof log.service === 'string' ? log.service : 'unknown',
      level: levelOf(log),
      message: textAttribute(readAttributes([{ key: 'body', value: log.body }]), 'body') ?? '',
    }))
    .sort((a, b) => (a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : 0));
}

// OTLP gives each level a range of four numbers, from 1 on.
function levelOf({ severityText, severityNumber }: StoredLog): string {
  if (typeof severityText === 'string' && severityText !== '') return severityText.toLowerCase();
  return levels[Math.floor((Number(severityNumber ?? 0) - 1) / 4)] ?? 'info';
}
