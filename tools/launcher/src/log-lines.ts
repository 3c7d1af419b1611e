/** A line of a process's output, read where it is a JSON log record. */
export interface LogRecordLine {
  readonly level: string;
  readonly message: string;
  /** ISO 8601. */
  readonly time?: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const shownSeparately = new Set(['level', 'time', 'message', 'service', 'pid', 'hostname']);
const levelWidth = 5;

/** Reads one JSON log line; undefined for any other text. */
export function readLogLine(line: string): LogRecordLine | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const record = JSON.parse(line) as Record<string, unknown>;
    if (typeof record.level !== 'string' || typeof record.message !== 'string') return undefined;
    return {
      level: record.level,
      message: record.message,
      ...(typeof record.time === 'string' ? { time: record.time } : {}),
      fields: Object.fromEntries(Object.entries(record).filter(([key]) => !shownSeparately.has(key))),
    };
  } catch {
    return undefined;
  }
}

/** True for records that a user of the launcher should see as they happen. */
export function isNotable({ level }: LogRecordLine): boolean {
  return level === 'warn' || level === 'error' || level === 'fatal';
}

/** `12:34:56.789 warn  message key=value …`, the time in the local zone. */
export function readableLine(record: LogRecordLine): string {
  const time = record.time === undefined ? '' : `${clockTime(record.time)} `;
  return `${time}${record.level.padEnd(levelWidth)} ${shortLine(record)}`;
}

/** `message key=value …`, an error as its message alone. */
export function shortLine({ message, fields }: LogRecordLine): string {
  const pairs = Object.entries(fields).map(([key, value]) => `${key}=${fieldText(value)}`);
  return [message, ...pairs].join(' ');
}

/** The message, and that of the error that came with it. */
export function noticeText({ message, fields }: LogRecordLine): string {
  const cause = (fields.err as { readonly message?: unknown } | null | undefined)?.message;
  return typeof cause === 'string' ? `${message}: ${cause}` : message;
}

function fieldText(value: unknown): string {
  if (typeof value === 'string') return /[\s="]/.test(value) ? JSON.stringify(value) : value;
  if (typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string')
    return JSON.stringify(value.message);
  return JSON.stringify(value) ?? '';
}

function clockTime(iso: string): string {
  const date = new Date(iso);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Cuts a stream of text into lines; the last one may lack its line break. */
export function lineSplitter(onLine: (line: string) => void): { push(text: string): void; end(): void } {
  let rest = '';
  const emit = (line: string): void => {
    const text = line.replace(/\r$/, '');
    if (text !== '') onLine(text);
  };
  return {
    push(text) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(emit);
    },
    end() {
      emit(rest);
      rest = '';
    },
  };
}
