import { readFileSync, writeFileSync } from 'node:fs';
import { total } from './backend-reads.ts';
import { arrivesWithinMs, meshOnStack, type MeshOnStack } from './mesh-on-stack.ts';
import { sharedSamplingFile, sharedStack } from './shared-stack.ts';
import { until } from '../mesh/stored-trace.ts';

const stack = sharedStack();
const file = sharedSamplingFile();
const shipped = readFileSync(file, 'utf8');
let mesh: MeshOnStack;

beforeAll(async () => {
  mesh = await meshOnStack(stack, {
    OTEL_TRACES_SAMPLER: 'parentbased_jaeger_remote',
    OTEL_TRACES_SAMPLER_ARG: `endpoint=${stack.endpoints.jaegerSampling}/sampling,pollingIntervalMs=1000,initialSamplingRate=1`,
  });
});

afterAll(async () => {
  writeFileSync(file, shipped);
  await mesh.stop();
});

/** How many of that many new roots were sampled, as the service tells the caller. */
async function sampledOf(roots: number): Promise<number> {
  let sampled = 0;
  for (let made = 0; made < roots; made += 1)
    await mesh.client.ListModels(
      {},
      {
        onHeaders(headers) {
          const flags = Number.parseInt(String(headers.get('traceresponse')[0]).slice(-2), 16);
          sampled += flags & 1;
        },
      },
    );
  return sampled;
}

function serve(probability: number): void {
  writeFileSync(file, JSON.stringify({ default_strategy: { type: 'probabilistic', param: probability } }));
}

const counted = (): Promise<number> =>
  total(
    stack,
    `sum(traces_span_metrics_calls_total{deployment_environment_name="${mesh.environment}",span_name=~".*LlmService/ListModels"})`,
  );

it('an edit of the file changes the rate of new roots within five seconds, and span metrics count on', async () => {
  expect(await sampledOf(20)).toBe(20);
  serve(0);
  const editedAt = performance.now();
  let before = 20;
  await until(
    async () => {
      const sampled = await sampledOf(5);
      before += sampled;
      return sampled;
    },
    (sampled) => sampled === 0,
    5_000,
  );
  expect(performance.now() - editedAt).toBeLessThan(5_000);
  await until(counted, (count) => count === before, arrivesWithinMs);

  serve(0.25);
  let quarter = 0;
  await until(
    async () => {
      const sampled = await sampledOf(5);
      quarter += sampled;
      return sampled;
    },
    (sampled) => sampled > 0,
    5_000,
  );
  const sampled = await sampledOf(400);
  // Five standard deviations around a hundred.
  expect(Math.abs(sampled - 100)).toBeLessThan(45);
  // Each stands for four: the threshold in its tracestate says so.
  await until(counted, (count) => count === before + 4 * (quarter + sampled), arrivesWithinMs);
});

it('a file that cannot be read leaves the rate as it was', async () => {
  writeFileSync(file, '{"default_strategy": ');
  await until(
    async () => stack.jaeger.logs().some((line) => /sampling strategies/.test(line)),
    (said) => said,
    arrivesWithinMs,
  );
  const sampled = await sampledOf(400);
  expect(Math.abs(sampled - 100)).toBeLessThan(45);
});
