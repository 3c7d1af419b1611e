import { startMesh } from '@ryzanstein/launcher';
import { startOtlpCollector, type CollectedMetric, type OtlpCollector } from '@ryzanstein/testing';
import type { RecordedSpan } from '@ryzanstein/tracing/testing';
import { setTimeout as pause } from 'node:timers/promises';
import { tinyModel } from './bench-models.ts';
import { checkConsistency, type CheckedRequest, type Consistency } from './consistency-check.ts';
import { table } from './figures.ts';
import { countedByCode, runSoak, tokensOfQuestions, type SoakEnded } from './soak-requests.ts';
import { accountOnceArrived } from './soak-spans.ts';

type Print = (line: string) => void;

const arriveWithinMs = 20_000;
const shown = 3;
const methods = [
  'ryzanstein.api.v1.LlmService/Chat',
  'ryzanstein.api.v1.LlmService/ChatStream',
  'ryzanstein.gpu.v1.GpuCoordinator/Acquire',
  'ryzanstein.gpu.v1.GpuCoordinator/Release',
  'ryzanstein.engine.v1.InferenceEngine/Generate',
];

/** Whether each trace of many mixed requests is whole and agrees with itself, the client's counts and the metrics. */
export async function consistency(print: Print, requests = 500): Promise<void> {
  const collector = await startOtlpCollector();
  const mesh = await startMesh({
    tracebox: false,
    env: {
      RYZ_MODEL_PATH: tinyModel,
      RYZ_THREADS: '1',
      RYZ_LOG_LEVEL: 'error',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_TRACES_SAMPLER: 'always_on',
      OTEL_BSP_SCHEDULE_DELAY: '200',
      OTEL_METRIC_EXPORT_INTERVAL: '2000',
    },
  });
  try {
    const counted = await tokensOfQuestions(mesh.addresses.api.grpc);
    const ended = await runSoak(mesh.addresses.api.grpc, requests);
    const { lost } = await accountOnceArrived(
      () => collector.spans,
      ended.map(({ traceId, callerSpanId, code }) => ({ traceId, callerSpanId, answered: code === 'OK' })),
      arriveWithinMs,
    );
    const { spans } = collector;
    const checked = checkConsistency(
      spans,
      ended.map((one) => requestToCheck(one, counted)),
    );
    print(`Consistency: ${ended.length} of ${requests} requests, each trace verified`);
    print(
      table([
        ['ended', countedByCode(ended), ''],
        ['traces', `${checked.traces}, ${checked.missing} requests ended before the mesh saw them`, ''],
        ['spans that did not come', String(lost.length), '0'],
        ...violationRows(checked),
      ]),
    );
    for (const problems of [lost, ...checked.violations.values()])
      for (const problem of problems.slice(0, shown)) print(`  ${problem}`);
    print('Calls and the sum of their durations, by their spans and by rpc.server.call.duration');
    print(table(await durationRows(spans, collector)));
  } finally {
    await mesh.stop();
    collector.stop();
  }
}

function requestToCheck(
  { traceId, question, usage }: SoakEnded,
  counted: ReadonlyMap<string, number>,
): CheckedRequest {
  const input = counted.get(question);
  return {
    traceId,
    tokens: [
      ...(input === undefined ? [] : [{ from: 'CountTokens', input }]),
      ...(usage === undefined
        ? []
        : [{ from: "the reply's usage", input: usage.promptTokens, output: usage.completionTokens }]),
    ],
  };
}

function violationRows({ violations }: Consistency): string[][] {
  const count = [...violations.values()].reduce((sum, { length }) => sum + length, 0);
  return [
    ['violations', String(count), '0'],
    ...[...violations].map(([rule, found]) => [`  ${rule}`, String(found.length), '0']),
  ];
}

async function durationRows(spans: readonly RecordedSpan[], collector: OtlpCollector): Promise<string[][]> {
  const bySpans = new Map(methods.map((method) => [method, durationsOf(spans, method)]));
  const told = (): Map<string, Durations> =>
    new Map(methods.map((method) => [method, toldDurations(collector.metrics, method)]));
  const isTold = (): boolean =>
    [...told()].every(([method, { calls }]) => calls >= (bySpans.get(method)?.calls ?? 0));
  for (const endMs = performance.now() + arriveWithinMs; !isTold() && performance.now() < endMs;)
    await pause(200);
  return [
    ['', 'spans', 'metric', 'metric ÷ spans', ''],
    ...[...told()].map(([method, metric]) => {
      const own = bySpans.get(method) ?? { calls: 0, sumMs: 0 };
      const ratio = metric.sumMs / own.sumMs;
      const calls = own.calls === metric.calls ? '' : ', another number of calls';
      return [
        method.slice(method.lastIndexOf('.') + 1),
        durationsText(own),
        durationsText(metric),
        `${ratio.toFixed(4)}${calls}`,
        '0.99–1.01',
      ];
    }),
  ];
}

interface Durations {
  readonly calls: number;
  readonly sumMs: number;
}

function durationsText({ calls, sumMs }: Durations): string {
  return `${calls}: ${(sumMs / 1_000).toFixed(3)} s`;
}

function durationsOf(spans: readonly RecordedSpan[], method: string): Durations {
  const calls = spans.filter(({ name, kind }) => kind === 'SERVER' && name === method);
  return {
    calls: calls.length,
    sumMs: calls.reduce((sum, { startEpochMs, endEpochMs }) => sum + endEpochMs - startEpochMs, 0),
  };
}

/** By the last collection that has the method, all its status codes together. */
function toldDurations(metrics: readonly CollectedMetric[], method: string): Durations {
  const last = metrics.findLast(
    ({ name, points }) =>
      name === 'rpc.server.call.duration' && points.some(({ labels }) => labels['rpc.method'] === method),
  );
  const points = (last?.points ?? []).filter(({ labels }) => labels['rpc.method'] === method);
  return {
    calls: points.reduce((sum, { count = 0 }) => sum + count, 0),
    sumMs: points.reduce((sum, { value }) => sum + value * 1_000, 0),
  };
}
