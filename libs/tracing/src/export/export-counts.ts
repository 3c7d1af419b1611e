/**
 * What is exported, as the conventions' `otel.sdk.*` metrics name it.
 *
 * @example
 * const lostOf = (thing: ExportedThing) =>
 *   telemetry.exportCounts().find((counts) => counts.thing === thing)?.lost ?? 0;
 * console.log(`${lostOf('span')} spans were lost`);
 */
export type ExportedThing = 'span' | 'log' | 'metric_data_point';

/**
 * Numbers by `error.type`; what succeeded stands under the empty one.
 *
 * @example
 * const failed = (counts: CountsByError) => Object.entries(counts).filter(([errorType]) => errorType !== '');
 * const whyLost = telemetry.exportCounts().flatMap(({ exported }) => failed(exported));
 */
export type CountsByError = Readonly<Record<string, number>>;

/**
 * How long export calls took, as a histogram over `operationBoundsSeconds`.
 *
 * @example
 * const meanSeconds = ({ sumSeconds, count }: OperationDurations) => sumSeconds / count;
 * const means = telemetry.exportCounts().flatMap(({ operations }) => operations.map(meanSeconds));
 */
export interface OperationDurations {
  /** Empty: succeeded. */
  readonly errorType: string;
  readonly count: number;
  readonly sumSeconds: number;
  /** Calls that took at most the bound of the same place, and more than the one before; one place more for the rest. */
  readonly buckets: readonly number[];
}

/**
 * One process's export of one signal, counted since its start. At any moment
 * `accepted by add = sum of processed + queueSize` and `processed[''] = sum of exported + inflight`.
 *
 * @example
 * const line = ({ thing, exported, lost }: ExportCounts) => `${thing}: ${exported[''] ?? 0} taken, ${lost} lost`;
 * console.log(telemetry.exportCounts().map(line).join('\n'));
 */
export interface ExportCounts {
  readonly thing: ExportedThing;
  /** Where it is sent: `server.address` and `server.port` of the operations. */
  readonly serverAddress: string;
  readonly serverPort: number;
  /** `otel.sdk.processor.{span,log}.processed`: `''` left the queue for the exporter; `queue_full`, `shutdown`: never did. */
  readonly processed: CountsByError;
  /** `otel.sdk.processor.{span,log}.queue.size` and `.capacity`; both 0 where there is no queue. */
  readonly queueSize: number;
  readonly queueCapacity: number;
  /** `otel.sdk.exporter.{span,log,metric_data_point}.exported`: `''` was taken; a gRPC code, `rejected`, `encoding` or `shutdown`: lost. */
  readonly exported: CountsByError;
  /** `otel.sdk.exporter.{span,log,metric_data_point}.inflight`. */
  readonly inflight: number;
  /** `otel.sdk.exporter.operation.duration`: every attempt by itself. */
  readonly operations: readonly OperationDurations[];
  /** All that was lost, for whichever reason. */
  readonly lost: number;
}

/** Upper bounds of the buckets of `OperationDurations`: what the conventions give for calls. */
export const operationBoundsSeconds: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

interface Durations {
  count: number;
  sumSeconds: number;
  readonly buckets: number[];
}

/** Keeps the counts of one signal; its queue and its client write, whoever makes metrics reads. */
export class ExportCounter {
  private readonly thing: ExportedThing;
  private readonly server: { readonly address: string; readonly port: number };
  private readonly processed: Record<string, number> = {};
  private readonly exported: Record<string, number> = {};
  private readonly operations = new Map<string, Durations>();
  private lostCount = 0;
  private inflight = 0;
  /** Set by the queue that there is. */
  queue: { readonly size: number; readonly capacity: number } = { size: 0, capacity: 0 };

  constructor(thing: ExportedThing, server: { readonly address: string; readonly port: number }) {
    this.thing = thing;
    this.server = server;
  }

  /** How many were lost, for whichever reason. */
  get lost(): number {
    return this.lostCount;
  }

  /** They left the queue for the exporter. */
  began(count: number): void {
    add(this.processed, '', count);
    this.inflight += count;
  }

  /** They never leave the queue. */
  droppedBefore(errorType: 'queue_full' | 'shutdown', count: number): void {
    add(this.processed, errorType, count);
    this.lostCount += count;
  }

  /** They were taken, or, with an `errorType`, lost. */
  finished(count: number, errorType = ''): void {
    add(this.exported, errorType, count);
    this.inflight -= count;
    if (errorType !== '') this.lostCount += count;
  }

  /** One attempt ended. */
  attempted(durationMs: number, errorType = ''): void {
    let durations = this.operations.get(errorType);
    if (durations === undefined) {
      const buckets = new Array<number>(operationBoundsSeconds.length + 1).fill(0);
      durations = { count: 0, sumSeconds: 0, buckets };
      this.operations.set(errorType, durations);
    }
    const seconds = durationMs / 1_000;
    const place = operationBoundsSeconds.findIndex((bound) => seconds <= bound);
    const bucket = place < 0 ? operationBoundsSeconds.length : place;
    durations.count += 1;
    durations.sumSeconds += seconds;
    durations.buckets[bucket] = (durations.buckets[bucket] ?? 0) + 1;
  }

  /** The counts of this moment; what comes later does not change them. */
  readonly read = (): ExportCounts => ({
    thing: this.thing,
    serverAddress: this.server.address,
    serverPort: this.server.port,
    processed: { ...this.processed },
    queueSize: this.queue.size,
    queueCapacity: this.queue.capacity,
    exported: { ...this.exported },
    inflight: this.inflight,
    operations: Array.from(this.operations, ([errorType, { count, sumSeconds, buckets }]) => ({
      errorType,
      count,
      sumSeconds,
      buckets: [...buckets],
    })),
    lost: this.lostCount,
  });
}

function add(counts: Record<string, number>, key: string, count: number): void {
  if (count > 0) counts[key] = (counts[key] ?? 0) + count;
}
