/** Counts what the processes say that they should not have had to. */
export interface LogWatch {
  take(process: string, line: string): void;
  /** Failures that nobody expected, with how often and what they were. */
  failures(): string[];
  /** Warnings, by their sentence, with how often. */
  warnings(): string[];
}

const errorLevels = new Set(['error', 'fatal']);

export function watchLogs(): LogWatch {
  const failures = new Map<string, number>();
  const warnings = new Map<string, number>();
  const count = (kept: Map<string, number>, text: string): void => {
    kept.set(text, (kept.get(text) ?? 0) + 1);
  };
  return {
    take(process, line) {
      const record = recordOf(line);
      if (record === undefined) {
        if (line.trim() !== '') count(failures, `${process}: ${line.slice(0, 300)}`);
        return;
      }
      const { message = '', err } = record;
      const reason =
        err === undefined
          ? ''
          : `: ${err.message ?? ''} ${(err.stack ?? '').split('\n').slice(1, 4).join(' ')}`;
      // Numbers differ from one to the next; what is meant does not.
      const text = `${process}: ${message}${reason}`.replace(/[\d.]{3,}/g, 'N').slice(0, 400);
      count(errorLevels.has(levelOf(record.level)) ? failures : warnings, text);
    },
    failures: () => counted(failures),
    warnings: () => counted(warnings),
  };
}

interface LogRecord {
  readonly level?: string | number;
  readonly message?: string;
  readonly err?: { readonly message?: string; readonly stack?: string };
}

function recordOf(line: string): LogRecord | undefined {
  try {
    const value = JSON.parse(line) as LogRecord | null;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function levelOf(level: string | number | undefined): string {
  if (typeof level !== 'number') return level ?? '';
  return level >= 50 ? 'error' : 'warn';
}

function counted(kept: ReadonlyMap<string, number>): string[] {
  return [...kept].map(([text, times]) => `${times} × ${text}`);
}
