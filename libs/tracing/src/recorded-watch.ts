import type { RecordedSpan } from './span-recorder.ts';

/** Something that a test has recorded, wherever it was caught. */
export interface Recorded {
  readonly span?: RecordedSpan;
  readonly log?: RecordedLog;
}

/** A log record as a test sees it, wherever it was caught. */
export interface RecordedLog {
  /** `service.name` of its resource. */
  readonly service: string;
  readonly body: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
}

// By a name and not by a module, so that whoever watches need not load what it watches.
const watcher = Symbol.for('ryzanstein.recorded');

/** Tells the one who watches over all of a test run, if there is one. */
export function tellRecorded(recorded: Recorded): void {
  (globalThis as { [watcher]?: (recorded: Recorded) => void })[watcher]?.(recorded);
}
