import { startStack, type Stack } from '@ryzanstein/stack';
import { chatTree } from '../mesh/chat-tree.ts';
import { asking, caller } from '../mesh/mesh-under-test.ts';
import { until } from '../mesh/stored-trace.ts';
import { documentsOfTrace, total } from './backend-reads.ts';
import { arrivesWithinMs, meshOnStack } from './mesh-on-stack.ts';
import { sharedStack } from './shared-stack.ts';

/** What the Collector tells of itself: the sum of a counter over all its series whose labels match; undefined where there is none. */
async function told(stack: Stack, counter: string, labels = ''): Promise<number | undefined> {
  const page = await (await fetch(`${stack.endpoints.collectorMetrics}/metrics`)).text();
  const lines = page.matchAll(/^(\w+?)(?:_total)?\{([^}]*)\} (\S+)$/gm);
  const values = [...lines].flatMap(([, name, all, value]) =>
    name === counter && all?.includes(labels) ? [Number(value)] : [],
  );
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

const callsOf = (environment: string): string =>
  `sum(traces_span_metrics_calls_total{deployment_environment_name="${environment}",span_name="ryzanstein.api.v1.LlmService/ChatStream"})`;

it('the agent passes everything on to the gateway, whole', async () => {
  const gateway = sharedStack();
  const agent = await startStack({
    collector: 'agent',
    only: ['collector'],
    env: { OTELCOL_GATEWAY_ENDPOINT: new URL(gateway.endpoints.otlpGrpc).host },
  });
  const OTEL_EXPORTER_OTLP_ENDPOINT = agent.endpoints.otlpGrpc;
  const mesh = await meshOnStack({
    ...gateway,
    env: () => ({ ...gateway.env(), OTEL_EXPORTER_OTLP_ENDPOINT }),
  });
  try {
    const from = caller();
    const { traceparent, traceId } = from;
    await mesh.chat(asking('Hi'), { metadata: { traceparent } });
    const spans = await mesh.trace(from, chatTree('ChatStream'));
    const ids = spans.map(({ spanId }) => spanId).sort();
    const stored = await until(
      () => documentsOfTrace(gateway, 'traces-ryzanstein.otel-*', traceId),
      (all) => all.length >= ids.length,
      arrivesWithinMs,
    );
    expect(stored.map(({ source }) => source.span_id).sort()).toEqual(ids);
    await until(
      () => documentsOfTrace(gateway, 'logs-ryzanstein.otel-*', traceId),
      (all) => all.length > 0,
      arrivesWithinMs,
    );
    await until(
      () => total(gateway, callsOf(mesh.environment)),
      (calls) => calls === 1,
      arrivesWithinMs,
    );
    // All of it went this way.
    expect(await told(agent, 'otelcol_exporter_sent_spans')).toBeGreaterThanOrEqual(ids.length);
    expect(await told(agent, 'otelcol_exporter_sent_log_records')).toBeGreaterThan(0);
    expect(await told(agent, 'otelcol_exporter_sent_metric_points')).toBeGreaterThan(0);
  } finally {
    await mesh.stop();
    expect(await agent.stop()).toEqual([]);
  }
});

it('the light profile needs no Elasticsearch, and lets logs go without a complaint', async () => {
  const light = await startStack({
    collector: 'gateway-light',
    only: ['jaeger', 'prometheus', 'collector'],
    env: { OTELCOL_METRICS_FLUSH_INTERVAL: '1s' },
  });
  const mesh = await meshOnStack(light);
  try {
    const from = caller();
    await mesh.chat(asking('Hi'), { metadata: { traceparent: from.traceparent } });
    await mesh.trace(from, chatTree('ChatStream'));
    await until(
      () => total(light, callsOf(mesh.environment)),
      (calls) => calls === 1,
      arrivesWithinMs,
    );
    await until(
      () => told(light, 'otelcol_exporter_sent_log_records', 'exporter="debug"'),
      (count) => (count ?? 0) > 0,
      arrivesWithinMs,
    );
    expect(await told(light, 'otelcol_exporter_queue_size', 'exporter="elasticsearch"')).toBeUndefined();
    for (const signal of ['spans', 'metric_points', 'log_records'])
      expect((await told(light, `otelcol_exporter_send_failed_${signal}`)) ?? 0).toBe(0);
  } finally {
    await mesh.stop();
    expect(await light.stop()).toEqual([]);
  }
});
