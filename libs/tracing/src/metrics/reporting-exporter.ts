import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type {
  AggregationTemporality,
  InstrumentType,
  PushMetricExporter,
  ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { atMostEvery, type TelemetryLogger } from '../diagnostics.ts';
import type { TemporalityOf } from './recorder-producer.ts';

const logIntervalMs = 60_000;

/** An exporter that says in a sentence, once a minute at most, that another one fails, and when it no longer does. */
export class ReportingExporter implements PushMetricExporter {
  private readonly exporter: PushMetricExporter;
  private readonly url: string;
  private readonly temporalityOf: TemporalityOf;
  private readonly report: TelemetryLogger;
  private readonly mayLog: () => boolean;
  private reported = false;

  constructor(
    exporter: PushMetricExporter,
    options: {
      readonly url: string;
      readonly temporalityOf: TemporalityOf;
      readonly report: TelemetryLogger;
    },
    nowMs?: () => number,
  ) {
    this.exporter = exporter;
    this.url = options.url;
    this.temporalityOf = options.temporalityOf;
    this.report = options.report;
    this.mayLog = atMostEvery(logIntervalMs, nowMs);
  }

  export(metrics: ResourceMetrics, done: (result: ExportResult) => void): void {
    let told = false;
    // The reader throws away what it is told of a failure, after writing it out with its stack.
    const tell = (error: Error | undefined) => {
      if (told) return;
      told = true;
      this.outcome(error);
      done({ code: ExportResultCode.SUCCESS });
    };
    try {
      this.exporter.export(metrics, ({ code, error }) =>
        tell(code === ExportResultCode.SUCCESS ? undefined : (error ?? new Error('export failed'))),
      );
    } catch (error) {
      tell(error instanceof Error ? error : new Error(String(error)));
    }
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

  private outcome(error: Error | undefined): void {
    const { url: endpoint } = this;
    if (error === undefined) {
      if (!this.reported) return;
      this.reported = false;
      this.report.info({ endpoint }, `metrics are exported to ${endpoint} again`);
    } else if (this.mayLog()) {
      this.reported = true;
      const reason = error.message;
      this.report.warn({ endpoint, reason }, `metrics cannot be exported to ${endpoint}: ${reason}`);
    }
  }
}
