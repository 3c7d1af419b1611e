import { checkMetrics, startTestTelemetry } from '@ryzanstein/testing';
import type { Telemetry } from '@ryzanstein/tracing';
import type { MetricTap, SpanRecorder } from '@ryzanstein/tracing/testing';
import { chat, question, startMesh } from '../test/mesh.ts';

let telemetry: Telemetry;
let recorder: SpanRecorder;
let tap: MetricTap;

beforeEach(() => {
  ({ telemetry, recorder, tap } = startTestTelemetry({ serviceName: 'ryzanstein-api' }));
});

afterEach(() => telemetry.shutdown());

it('tells the time to the first token that the span and the reply tell', async () => {
  const mesh = await startMesh({ telemetry });
  recorder.clear();
  const traceId = 'a'.repeat(32);
  const { chunks } = await chat(mesh, question, {
    metadata: { 'x-request-id': 'owl-secret', traceparent: `00-${traceId}-${'b'.repeat(16)}-01` },
  });
  await mesh.client.Chat(question).catch(() => {});
  const spans = await recorder.whenIdle(16);
  const told = spans.flatMap(({ attributes }) => attributes['ryzanstein.latency.ttft_ms'] ?? []) as number[];
  expect(told).toHaveLength(2);
  expect(told).toContain(chunks.at(-1)?.timings?.ttftMs);

  const metrics = await tap.collect();
  expect(
    checkMetrics(metrics, ['owl', traceId.slice(0, 16), ...spans.map(({ traceId }) => traceId)]),
  ).toEqual([]);
  expect(metrics.find(({ name }) => name === 'ryzanstein.ttft')?.points).toMatchObject([
    {
      labels: { 'ryzanstein.model': 'tiny' },
      count: 2,
      value: told.reduce((sum, ms) => sum + ms / 1_000, 0),
      min: Math.min(...told) / 1_000,
      max: Math.max(...told) / 1_000,
    },
  ]);
});

it('tells none of a request without text', async () => {
  const mesh = await startMesh({ telemetry });
  const { error } = await chat(mesh, { ...question, model: 'nobody-serves-this' });
  expect(error?.code).toBe('NOT_FOUND');
  expect((await tap.collect()).some(({ name }) => name === 'ryzanstein.ttft')).toBe(false);
});
