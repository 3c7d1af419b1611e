import type { RecordedSpan } from './span-recorder.ts';

/**
 * Something that a test has recorded, wherever it was caught.
 *
 * @example
 * const nameOf = ({ span, log }: Recorded) => span?.name ?? log?.body;
 */
export interface Recorded {
  readonly span?: RecordedSpan;
  readonly log?: RecordedLog;
}

/**
 * A log record as a test sees it, wherever it was caught.
 *
 * @example
 * const log: RecordedLog = { service: 'test', body: 'the queue is full', attributes: { 'request.id': 'r-1' } };
 */
export interface RecordedLog {
  /** `service.name` of its resource. */
  readonly service: string;
  readonly body: string | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
}

// By a name and not by a module, so that whoever watches need not load what it watches.
const watcher = Symbol.for('ryzanstein.recorded');

/**
 * Tells the one who watches over all of a test run, if there is one.
 *
 * @example
 * const attributes = { 'request.id': 'r-1' };
 * tellRecorded({ log: { service: 'test', body: 'the queue is full', attributes } });
 */
export function tellRecorded(recorded: Recorded): void {
  (globalThis as { [watcher]?: (recorded: Recorded) => void })[watcher]?.(recorded);
}
