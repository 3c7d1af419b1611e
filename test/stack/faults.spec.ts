import { setTimeout as delay } from 'node:timers/promises';
import type { Program } from '@ryzanstein/stack';
import type { Caller } from '../mesh/mesh-under-test.ts';
import { until } from '../mesh/stored-trace.ts';
import { documents, spansStored, total } from './backend-reads.ts';
import { jaegerTrace, meshOnStack, type MeshOnStack } from './mesh-on-stack.ts';
import { sharedStack } from './shared-stack.ts';
import { steadyLoad } from './steady-load.ts';

const stack = sharedStack();
// A retry may be five seconds away, and what has queued up comes after it.
const recoversWithinMs = 60_000;
const outageMs = 3_000;
let mesh: MeshOnStack;

beforeAll(async () => {
  mesh = await meshOnStack(stack);
});

afterAll(() => mesh.stop());

type Way = 'stop' | 'kill' | 'pause';

async function take(program: Program, way: Way): Promise<void> {
  if (way === 'stop') expect(await program.stop()).not.toMatchObject({ signal: 'SIGKILL' });
  else if (way === 'kill') await program.kill();
  else program.pause();
}

async function bring(program: Program, way: Way): Promise<void> {
  if (way === 'pause') program.resume();
  else await program.start();
}

/** Spans per trace, by id, as Elasticsearch has them. */
async function stored(callers: readonly Caller[]): Promise<Map<string, Set<unknown>>> {
  const ids = callers.map(({ traceId }) => traceId);
  const found = await documents(stack, 'traces-ryzanstein.otel-*', { terms: { trace_id: ids } });
  const byTrace = new Map(ids.map((id) => [id, new Set<unknown>()]));
  for (const { source } of found) byTrace.get(String(source.trace_id))?.add(source.span_id);
  return byTrace;
}

// A whole tree.
const whole = 11;

/** Until nothing is missing any more. Asks seldom: there is much to read, and the rest has work to do. */
async function eventually(missing: () => Promise<readonly string[]>): Promise<void> {
  const endAt = performance.now() + recoversWithinMs;
  let last = await missing();
  while (last.length > 0 && performance.now() < endAt) {
    await delay(500);
    last = await missing();
  }
  expect(last).toEqual([]);
}

describe.each(['collector', 'elasticsearch', 'jaeger', 'prometheus'] as const)('%s', (name) => {
  it.each<Way>(['stop', 'kill', 'pause'])(
    '%s under load: no request fails, and nothing is lost',
    async (way) => {
      const load = steadyLoad(mesh);
      await delay(1_000);
      const before = load.callers.length;
      await take(stack[name], way);
      const without = load.callers.length;
      await delay(outageMs);
      await bring(stack[name], way);
      await delay(1_000);
      await load.stop();
      expect(load.errors).toEqual([]);
      expect(without - before).toBeGreaterThanOrEqual(0);
      expect(load.callers.length).toBeGreaterThan(without + 5);

      await eventually(async () =>
        [...(await stored(load.callers))].filter(([, spans]) => spans.size < whole).map(([id]) => id),
      );
      // Jaeger keeps traces in memory here: what it had before it ended is gone with it.
      const kept = name === 'jaeger' && way !== 'pause' ? load.callers.slice(without + 2) : load.callers;
      const waiting = new Set(kept.map(({ traceId }) => traceId));
      await eventually(async () => {
        for (const id of waiting) if ((await jaegerTrace(stack, id)).length >= whole) waiting.delete(id);
        return [...waiting];
      });
    },
  );
});

it('after all that, what the SDKs say they sent is what is stored', async () => {
  const own = `deployment_environment_name="${mesh.environment}"`;
  const counts = async (): Promise<{ sent: number; lost: number; stored: number }> => ({
    sent: await total(stack, `sum(otel_sdk_exporter_span_exported_total{${own},error_type=""})`),
    lost: await total(stack, `sum(otel_sdk_exporter_span_exported_total{${own},error_type!=""})`),
    stored: await spansStored(stack, {
      term: { 'resource.attributes.deployment.environment.name': mesh.environment },
    }),
  });
  const { lost } = await until(
    counts,
    ({ sent, stored: found }) => sent > 0 && sent === found,
    recoversWithinMs,
  );
  expect(lost).toBe(0);
});
