import { setTimeout as delay } from 'node:timers/promises';
import type { Program } from '@ryzanstein/stack';
import { until } from '../mesh/stored-trace.ts';
import { allInElasticsearch, allInJaeger, recoversWithinMs } from './arrivals.ts';
import { spansStored, total } from './backend-reads.ts';
import { meshOnStack, type MeshOnStack } from './mesh-on-stack.ts';
import { sharedStack } from './shared-stack.ts';
import { steadyLoad } from './steady-load.ts';

const stack = sharedStack();
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

      await allInElasticsearch(stack, load.callers);
      // Jaeger keeps traces in memory here: what it had before it ended is gone with it.
      const kept = name === 'jaeger' && way !== 'pause' ? load.callers.slice(without + 2) : load.callers;
      await allInJaeger(stack, kept);
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
