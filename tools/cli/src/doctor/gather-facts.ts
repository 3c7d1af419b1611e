import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { apiKeyOf } from '../api-key.ts';
import type { CliIo } from '../cli-io.ts';
import { askHttp, askJson } from './ask-http.ts';
import { askOtlp } from './ask-otlp.ts';
import { askSampling } from './ask-sampling.ts';
import {
  askBoard,
  askElasticsearch,
  askPrometheus,
  askTraces,
  countedCalls,
  promValue,
  type Search,
} from './ask-stores.ts';
import { collectorCounts, readMetricsText, type CounterSample } from './collector-counts.ts';
import type { CollectorCounts, Facts } from './facts.ts';
import { basicCredentials, none, otlpSettings, placeOf, type DoctorOptions } from './places.ts';
import { askHealth, sendCanary } from './send-canary.ts';

/** Sends the canary and asks every part of the way what came of it. */
export async function gatherFacts(options: DoctorOptions, io: CliIo): Promise<Facts> {
  const { interrupted: signal, env } = io;
  const prometheus = placeOf(options.prometheus, 'http://localhost:9090');
  const { endpoint, named, protocol } = otlpSettings(options, io);
  const credentials = basicCredentials(options, (path) => readFileSync(path, 'utf8'));
  const count = collectorSource(options, prometheus?.url, signal);
  const [api, before, callsBefore] = await Promise.all([
    askHealth(options.address),
    count(),
    prometheus === undefined ? undefined : countedCalls(prometheus.url, signal),
  ]);
  const sentAt = Date.now();
  const canary = await sendCanary(
    { address: options.address, apiKey: apiKeyOf(env) },
    options.traceparent,
    signal,
  );
  const search: Search = {
    traceId: canary.traceId,
    withinMs: options.timeout,
    signal,
    sentAt,
    answeredAt: Date.now(),
  };
  // A canary that failed, or that is not kept, leaves nothing to wait for.
  const kept = canary.failure === undefined && canary.sampled !== false;
  const looking = kept ? search : { ...search, withinMs: 0 };
  const traces = await askTraces(options.traceUrl, looking);
  const tracebox = traces.state === 'answered' && traces.value.kind === 'tracebox';
  const withJaeger = traces.state === 'answered' && !tracebox;
  const [otlp, sampling, collector, counted, elasticsearch, grafana, kibana, sdk] = await Promise.all([
    askOtlp(endpoint, protocol, signal),
    askSampling(options.sampling, env, signal),
    tracebox ? withoutCollector() : countedAfter(before, count, looking),
    askPrometheus(prometheus, callsBefore, withJaeger, looking),
    askElasticsearch(placeOf(options.elasticsearch, 'http://localhost:9200'), credentials, looking),
    askBoard(
      placeOf(options.grafana, 'http://localhost:3000'),
      { option: '--grafana', path: '/api/health' },
      signal,
    ),
    askBoard(
      placeOf(options.kibana, 'http://localhost:5601'),
      { option: '--kibana', path: '/api/status' },
      signal,
    ),
    askSdk(prometheus?.url, signal),
  ]);
  return {
    settings: {
      otlpEndpoint: endpoint,
      otlpNamed: named,
      sdkDisabled: /^true$/i.test(env.OTEL_SDK_DISABLED ?? ''),
      tracesExporter: env.OTEL_TRACES_EXPORTER ?? 'otlp',
      captureContent: env.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT ?? '',
      batchSize: numberOf(env.OTEL_BSP_MAX_EXPORT_BATCH_SIZE),
      scheduleDelayMs: numberOf(env.OTEL_BSP_SCHEDULE_DELAY),
      traceparent: options.traceparent,
    },
    api,
    canary,
    sampling,
    otlp,
    sdk,
    collector,
    traces,
    prometheus: counted,
    elasticsearch,
    grafana,
    kibana,
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined || text === '' ? undefined : Number(text);
}

async function withoutCollector(): Promise<Facts['collector']> {
  return { state: 'skipped', why: 'the embedded trace store takes telemetry itself' };
}

type CountSource = () => Promise<
  | { readonly url: string; readonly counts: CollectorCounts }
  | { readonly url: string; readonly reason: string }
  | undefined
>;

/** Reads the Collector's own metrics where it shows them, or else where Prometheus has stored them. */
function collectorSource(
  options: DoctorOptions,
  prometheus: string | undefined,
  signal: AbortSignal,
): CountSource {
  const { collectorMetrics } = options;
  if (collectorMetrics === none) return async () => undefined;
  if (collectorMetrics !== undefined)
    return async () => {
      const url = /\/metrics$/.test(collectorMetrics) ? collectorMetrics : `${collectorMetrics}/metrics`;
      const answer = await askHttp(url, { signal });
      if (answer.state !== 'answered') return answer.state === 'silent' ? answer : undefined;
      if (answer.value.status !== 200) return { url, reason: `it answers ${answer.value.status}` };
      return { url, counts: collectorCounts(readMetricsText(answer.value.body)) };
    };
  return async () => {
    if (prometheus === undefined) return undefined;
    const query = encodeURIComponent('{__name__=~"otelcol_(receiver|exporter|processor|elasticsearch)_.*"}');
    const found = (await askJson(`${prometheus}/api/v1/query?query=${query}`, { signal })) as
      { data?: { result?: { metric: Record<string, string>; value: [number, string] }[] } } | undefined;
    const samples: CounterSample[] = (found?.data?.result ?? [])
      // Jaeger is built from the Collector's parts and counts under the same names.
      .filter(({ metric }) => metric.job !== 'jaeger')
      .map(({ metric, value }) => ({ name: metric.__name__ ?? '', labels: metric, value: Number(value[1]) }));
    return samples.length === 0
      ? undefined
      : { url: `${prometheus} (as scraped)`, counts: collectorCounts(samples) };
  };
}

async function countedAfter(
  before: Awaited<ReturnType<CountSource>>,
  count: CountSource,
  { withinMs, signal }: Search,
): Promise<Facts['collector']> {
  if (before === undefined)
    return { state: 'skipped', why: 'nobody shows its metrics; --collector-metrics says where it does' };
  const { url } = before;
  if (!('counts' in before)) return { state: 'silent', url, reason: before.reason };
  const end = performance.now() + withinMs;
  for (;;) {
    const after = await count();
    if (after === undefined || !('counts' in after))
      return { state: 'silent', url, reason: after === undefined ? 'its metrics are gone' : after.reason };
    const arrived =
      after.counts.accepted > before.counts.accepted || after.counts.refused > before.counts.refused;
    const sent =
      Object.keys(after.counts.sent).length > 0 && sumOf(after.counts.sent) > sumOf(before.counts.sent);
    // Its documents are batched for longer than what goes elsewhere.
    const stored =
      !('elasticsearch' in after.counts.queued) ||
      sumOf(after.counts.documents) > sumOf(before.counts.documents);
    if ((arrived && sent && stored) || performance.now() > end)
      return { state: 'answered', url, value: { before: before.counts, after: after.counts } };
    await pause(500, undefined, { signal });
  }
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, value) => total + value, 0);
}

/** What the services' own metrics say of their exports, where Prometheus has them. */
async function askSdk(url: string | undefined, signal: AbortSignal): Promise<Facts['sdk']> {
  const lately = (selector: string): Promise<number | undefined> =>
    promValue(url ?? '', `sum(increase(${selector}[5m]))`, signal);
  const exported =
    url === undefined
      ? undefined
      : await promValue(url, 'sum(otel_sdk_exporter_span_exported_total)', signal);
  if (url === undefined || exported === undefined || exported === 0)
    return { state: 'skipped', why: "no Prometheus has the services' own metrics" };
  return {
    state: 'answered',
    url,
    value: {
      exported,
      queueFull: (await lately('otel_sdk_processor_span_processed_total{error_type="queue_full"}')) ?? 0,
      lost: (await lately('otel_sdk_exporter_span_exported_total{error_type!=""}')) ?? 0,
    },
  };
}
