import { setTimeout as delay } from 'node:timers/promises';
import { startStack, type Program, type Stack } from '@ryzanstein/stack';
import { allInElasticsearch, allInJaeger } from './arrivals.ts';
import { meshOnStack, type MeshOnStack } from './mesh-on-stack.ts';
import { sharedStack } from './shared-stack.ts';
import { steadyLoad, type SteadyLoad } from './steady-load.ts';

const shared = sharedStack();
const outageMs = 20_000;
// Elasticsearch alone takes a minute on a busy machine, and only then is sent what has queued up.
const startsAgainWithinMs = 300_000;
let stack: Stack;
let mesh: MeshOnStack;

beforeAll(async () => {
  // Elasticsearch and Prometheus are those that run for all.
  const { elasticsearch, prometheus } = shared.endpoints;
  stack = await startStack({
    jaegerStorage: 'elasticsearch',
    only: ['jaeger', 'collector'],
    env: {
      ELASTICSEARCH_URL: elasticsearch,
      PROMETHEUS_URL: prometheus,
      PROMETHEUS_OTLP_ENDPOINT: `${prometheus}/api/v1/otlp`,
    },
  });
  mesh = await meshOnStack(stack);
});

afterAll(async () => {
  await mesh?.stop();
  expect(await stack?.stop()).toEqual([]);
});

/** The load of a time in which a program is away for the most part. */
async function loadWithout(program: Program, take: () => Promise<unknown>): Promise<SteadyLoad> {
  const load = steadyLoad(mesh);
  await delay(1_000);
  await take();
  const before = load.callers.length;
  await delay(outageMs);
  const meanwhile = load.callers.length - before;
  await program.start();
  await load.stop();
  expect(meanwhile).toBeGreaterThan(10);
  expect(load.errors).toEqual([]);
  return load;
}

it('what was stored outlives Jaeger', async () => {
  const load = steadyLoad(mesh);
  await delay(1_000);
  await load.stop();
  await allInJaeger(stack, load.callers);
  await stack.jaeger.stop();
  await stack.jaeger.start();
  await allInJaeger(stack, load.callers);
});

it('Jaeger away under load: nothing is lost, of before and of meanwhile', async () => {
  const { callers } = await loadWithout(stack.jaeger, () => stack.jaeger.stop());
  await allInJaeger(stack, callers);
  await allInElasticsearch(shared, callers);
});

it(
  'Elasticsearch away under load: nothing is lost in it, nor in Jaeger',
  async () => {
    const { callers } = await loadWithout(shared.elasticsearch, () => shared.elasticsearch.stop());
    await allInElasticsearch(shared, callers);
    await allInJaeger(stack, callers);
  },
  startsAgainWithinMs,
);
