import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type {
  AggregationTemporality,
  InstrumentType,
  PushMetricExporter,
  ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { TemporalityOf } from './recorder-producer.ts';

/** Told of each failed export, and with undefined of each that was taken. MUST NOT throw. */
export type ExportOutcome = (error: Error | undefined) => void;

/**
 * Stands between a reader and an exporter: keeps failures from the reader, which would write them out
 * with their stacks, and does not let it wait for an export that no longer matters.
 */
export class SparingExporter implements PushMetricExporter {
  private readonly exporter: PushMetricExporter;
  private readonly temporalityOf: TemporalityOf;
  private readonly onOutcome: ExportOutcome;
  private readonly pending = new Set<() => void>();

  constructor(
    exporter: PushMetricExporter,
    temporalityOf: TemporalityOf,
    onOutcome: ExportOutcome = () => {},
  ) {
    this.exporter = exporter;
    this.temporalityOf = temporalityOf;
    this.onOutcome = onOutcome;
  }

  export(metrics: ResourceMetrics, done: (result: ExportResult) => void): void {
    const finish = () => {
      if (this.pending.delete(finish)) done({ code: ExportResultCode.SUCCESS });
    };
    this.pending.add(finish);
    const tell = (error: Error | undefined) => {
      if (this.pending.has(finish)) this.onOutcome(error);
      finish();
    };
    try {
      this.exporter.export(metrics, ({ code, error }) =>
        tell(code === ExportResultCode.SUCCESS ? undefined : (error ?? new Error('export failed'))),
      );
    } catch (error) {
      tell(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Whatever is being exported in `timeoutMs` is given up then. */
  hurry(timeoutMs: number): void {
    setTimeout(() => {
      for (const finish of [...this.pending]) finish();
    }, timeoutMs).unref();
  }

  selectAggregationTemporality(type: InstrumentType): AggregationTemporality {
    return this.temporalityOf(type);
  }

  forceFlush(): Promise<void> {
    return this.exporter.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.exporter.shutdown();
  }
}
