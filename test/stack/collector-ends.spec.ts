import { setTimeout as delay } from 'node:timers/promises';
import { startStack, type Stack } from '@ryzanstein/stack';
import { until } from '../mesh/stored-trace.ts';
import { recoversWithinMs } from './arrivals.ts';
import { spansStored, total } from './backend-reads.ts';
import { meshOnStack, type MeshOnStack } from './mesh-on-stack.ts';
import { sharedStack } from './shared-stack.ts';
import { steadyLoad, type Ask } from './steady-load.ts';

const shared = sharedStack();
const decidesAfterMs = 15_000;

// Many small traces: the Collector, not the engine, should have the work.
const counting: Ask = (mesh, metadata) =>
  mesh.client.CountTokens({ model: 'ryzanstein-tiny', prompt: 'Hi' }, { metadata });

interface Counts {
  /** Acknowledged by the Collector, as the SDKs count. */
  readonly sent: number;
  readonly failed: number;
  readonly stored: number;
}

/** Of one mesh, whose spans end in the Elasticsearch that runs for all. */
async function counts(stack: Stack, { environment }: MeshOnStack): Promise<Counts> {
  const own = `deployment_environment_name="${environment}"`;
  return {
    sent: await total(stack, `sum(otel_sdk_exporter_span_exported_total{${own},error_type=""})`),
    failed: await total(stack, `sum(otel_sdk_exporter_span_exported_total{${own},error_type!=""})`),
    stored: await spansStored(shared, {
      term: { 'resource.attributes.deployment.environment.name': environment },
    }),
  };
}

/** The spans that this start of the Collector has accepted, from its own page: a scrape may lie seconds back. */
async function accepted(stack: Stack): Promise<number> {
  const page = await (await fetch(`${stack.endpoints.collectorMetrics}/metrics`)).text();
  const lines = page.matchAll(/^otelcol_receiver_accepted_spans(?:_total)?\{[^}]*\} (\S+)$/gm);
  return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
}

/** Until what the SDKs have sent has not changed for as long as they wait before they send again. */
async function settled(stack: Stack, mesh: MeshOnStack): Promise<number> {
  let last = -1;
  let since = performance.now();
  await until(
    async () => {
      const { sent } = await counts(stack, mesh);
      if (sent !== last) since = performance.now();
      last = sent;
      return performance.now() - since;
    },
    (unchangedMs) => last > 0 && unchangedMs > 8_000,
    recoversWithinMs,
  );
  return last;
}

describe.each(['stop', 'kill'] as const)('the profile that keeps everything, by %s', (way) => {
  it('loses no span that was acknowledged', async () => {
    const mesh = await meshOnStack(shared);
    const load = steadyLoad(mesh, 24, counting);
    await delay(4_000);
    await shared.collector[way]();
    await delay(2_000);
    await shared.collector.start();
    await delay(2_000);
    await load.stop();
    expect(load.errors).toEqual([]);
    await settled(shared, mesh);
    const { sent, failed } = await until(
      () => counts(shared, mesh),
      (now) => now.sent === now.stored,
      recoversWithinMs,
    );
    expect(failed).toBe(0);
    expect(sent).toBeGreaterThanOrEqual(load.callers.length);
    await mesh.stop();
  });
});

describe('the tail profile', () => {
  let stack: Stack;
  let mesh: MeshOnStack;

  beforeEach(async () => {
    stack = await startStack({
      tail: true,
      only: ['jaeger', 'prometheus', 'collector'],
      env: {
        OTELCOL_METRICS_FLUSH_INTERVAL: '1s',
        RYZ_TAIL_DECISION_WAIT: `${decidesAfterMs / 1_000}s`,
        RYZ_TAIL_PERCENT: '100',
        ELASTICSEARCH_URL: shared.endpoints.elasticsearch,
      },
    });
    mesh = await meshOnStack(stack);
  });

  afterEach(async () => {
    await mesh?.stop();
    expect(await stack?.stop()).toEqual([]);
  });

  it('ended by SIGTERM decides first, and loses nothing', async () => {
    const load = steadyLoad(mesh, 12, counting);
    await delay(4_000);
    expect(await stack.collector.stop()).toEqual({ code: 0, signal: null });
    await delay(2_000);
    await stack.collector.start();
    await load.stop();
    expect(load.errors).toEqual([]);
    await settled(stack, mesh);
    const { failed } = await until(
      () => counts(stack, mesh),
      (now) => now.sent === now.stored,
      recoversWithinMs,
    );
    expect(failed).toBe(0);
  });

  it('killed loses what was not decided, as many as the counters say, and that alone', async () => {
    // What is decided before...
    const early = steadyLoad(mesh, 2, counting);
    await delay(1_000);
    await early.stop();
    const decided = await settled(stack, mesh);
    await until(
      () => counts(stack, mesh),
      ({ stored }) => stored === decided,
      decidesAfterMs + recoversWithinMs,
    );
    // ...stays; the next are all younger than a decision when it is killed.
    const load = steadyLoad(mesh, 12, counting);
    await delay(4_000);
    expect(await accepted(stack)).toBeGreaterThan(decided);
    await stack.collector.kill();
    await delay(2_000);
    await stack.collector.start();
    await delay(2_000);
    await load.stop();
    expect(load.errors).toEqual([]);
    const sent = await settled(stack, mesh);
    const afterwards = await accepted(stack);
    const undecided = sent - decided - afterwards;
    expect(undecided).toBeGreaterThan(0);
    const { failed } = await until(
      () => counts(stack, mesh),
      ({ stored }) => stored === decided + afterwards,
      decidesAfterMs + recoversWithinMs,
    );
    expect(failed).toBe(0);
  });
});
