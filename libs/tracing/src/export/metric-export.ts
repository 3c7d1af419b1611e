import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { ExportResultCode, suppressTracing, type ExportResult } from '@opentelemetry/core';
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import {
  AggregationTemporality,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import type { OtlpClient } from './otlp-client.ts';

/**
 * Exports metrics for a `PeriodicExportingMetricReader`, cumulative. Its client should give up
 * before the next collection: what comes then says the same and more.
 *
 * @example
 * const client = connections.open('metrics', settings.metrics, { giveUpAfterMs: 10_000 });
 * const reader = new PeriodicExportingMetricReader({ exporter: otlpMetricExporter(client) });
 */
export function otlpMetricExporter(client: OtlpClient): PushMetricExporter {
  const stop = new AbortController();
  const running = new Set<Promise<void>>();
  const send = async (metrics: ResourceMetrics): Promise<ExportResult> => {
    const count = pointsOf(metrics);
    client.counter.began(count);
    let request: Uint8Array | undefined;
    try {
      request = ProtobufMetricsSerializer.serializeRequest(metrics);
    } catch {
      client.report.unsendable('they cannot be encoded');
    }
    if (request === undefined) return lost(client, count, 'encoding');
    const bytes = Buffer.from(request.buffer, request.byteOffset, request.byteLength);
    const delivery = await client.export(bytes, stop.signal);
    if (delivery.kind !== 'taken') return lost(client, count, delivery.errorType);
    const rejected = Math.min(delivery.rejected, count);
    client.counter.finished(count - rejected);
    if (rejected > 0) client.counter.finished(rejected, 'rejected');
    return { code: ExportResultCode.SUCCESS };
  };
  return {
    selectAggregationTemporality: () => AggregationTemporality.CUMULATIVE,
    export(metrics, done) {
      const work = context.with(suppressTracing(ROOT_CONTEXT), () => send(metrics)).then(done);
      running.add(work);
      void work.finally(() => running.delete(work));
    },
    async forceFlush() {
      await Promise.allSettled(running);
    },
    async shutdown() {
      client.hurry();
      await Promise.allSettled(running);
      stop.abort();
      client.close();
    },
  };
}

function lost(client: OtlpClient, count: number, errorType: string): ExportResult {
  client.counter.finished(count, errorType);
  return { code: ExportResultCode.FAILED, error: new Error(`metrics were lost: ${errorType}`) };
}

function pointsOf({ scopeMetrics }: ResourceMetrics): number {
  let count = 0;
  for (const { metrics } of scopeMetrics) for (const { dataPoints } of metrics) count += dataPoints.length;
  return count;
}
