import { startStack, type Program, type Stack } from '@ryzanstein/stack';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { tinyModel } from './bench-models.ts';
import { median, quantile, spread, table } from './figures.ts';
import { meshSubject, type Subject } from './subjects.ts';
import { storyPrompts, type Slice } from './workload.ts';

type Print = (line: string) => void;

const rounds = 7;
const slice: Slice = { streams: 8, requests: 12, maxTokens: 48, kind: 'chat', prompts: storyPrompts };

/** What the real backends cost a request while they are away. */
export async function faults(print: Print): Promise<void> {
  await onRealStack(print, (stack, subject) => requestsMeanwhile(print, stack, subject));
}

/** What is lost of an outage of each store. `seconds`: how long it is away. */
export async function storeOutages(print: Print, seconds = 300): Promise<void> {
  await onRealStack(print, async (stack, subject, environment) => {
    for (const store of [stack.elasticsearch, stack.jaeger])
      await lostOfOutage(print, stack, subject, { store, environment, seconds });
  });
}

async function onRealStack(
  print: Print,
  part: (stack: Stack, subject: Subject, environment: string) => Promise<void>,
): Promise<void> {
  const stack = await startStack({ jaegerStorage: 'elasticsearch', progress: print });
  try {
    const environment = `bench-${randomBytes(4).toString('hex')}`;
    const subject = await meshSubject(tinyModel, 1, {
      tracebox: false,
      env: { ...stack.env(), OTEL_RESOURCE_ATTRIBUTES: `deployment.environment.name=${environment}` },
    });
    try {
      await subject.run(slice); // warm
      await part(stack, subject, environment);
    } finally {
      await subject.close();
    }
  } finally {
    await stack.stop();
  }
}

/** The 99th percentile of requests' durations: away ÷ there, beside there ÷ there. */
async function requestsMeanwhile(print: Print, stack: Stack, subject: Subject): Promise<void> {
  const cases: readonly [string, () => Promise<void>, () => Promise<void>][] = [
    ['Collector stopped', async () => void (await stack.collector.stop()), () => stack.collector.start()],
    ['Collector silent', async () => stack.collector.pause(), async () => stack.collector.resume()],
    ['Jaeger stopped', async () => void (await stack.jaeger.stop()), () => stack.jaeger.start()],
    [
      'Elasticsearch silent',
      async () => stack.elasticsearch.pause(),
      async () => stack.elasticsearch.resume(),
    ],
  ];
  const p99 = async (): Promise<number> => quantile((await subject.run(slice)).requestMs, 0.99);
  const rows: string[][] = [
    ['p99 of a request', 'away ÷ there', 'there ÷ there', 'away ÷ there over there ÷ there'],
  ];
  for (const [name, away, back] of cases) {
    const ratios: number[] = [];
    const controls: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const before = await p99();
      const control = await p99();
      await away();
      const without = await p99();
      await back();
      ratios.push(without / before);
      controls.push(control / before);
    }
    rows.push([
      name,
      spread(ratios),
      spread(controls),
      `${(median(ratios) / median(controls)).toFixed(2)} (≤ 1.1)`,
    ]);
  }
  print(`Requests while a backend is away, ${rounds} interleaved rounds`);
  print(table(rows));
}

interface Outage {
  readonly store: Program;
  readonly environment: string;
  readonly seconds: number;
}

/** Requests go on while a store is down; both stores must have all of them once it is back. */
async function lostOfOutage(print: Print, stack: Stack, subject: Subject, outage: Outage): Promise<void> {
  const { store, environment, seconds } = outage;
  const stores = { Elasticsearch: rootsInElasticsearch, Jaeger: rootsInJaeger };
  const before: number[] = [];
  for (const roots of Object.values(stores)) before.push(await settled(() => roots(stack, environment)));
  await store.stop();
  const end = performance.now() + seconds * 1_000;
  let asked = 0;
  while (performance.now() < end) {
    await subject.run({ ...slice, requests: 1 });
    asked += slice.streams;
    await pause(200);
  }
  await store.start();
  for (const [index, [name, roots]] of Object.entries(stores).entries()) {
    const first = before[index] ?? 0;
    const stored = (await settled(() => roots(stack, environment), first + asked)) - first;
    print(
      `${store.name} down for ${seconds} s, ${asked} requests meanwhile: ${asked - stored} lost in ${name} (0)`,
    );
  }
}

// Longer than the slowest wait between two tries of any exporter on the way.
const settledAfterMs = 60_000;

/** A count once it is `wanted`, or has stopped growing. How long a backlog takes depends on the outage. */
async function settled(count: () => Promise<number>, wanted = Infinity): Promise<number> {
  let last = -1;
  let since = performance.now();
  const patienceMs = wanted === Infinity ? 5_000 : settledAfterMs;
  while (performance.now() - since <= patienceMs) {
    const now = await count();
    if (now >= wanted) return now;
    if (now !== last) since = performance.now();
    last = now;
    await pause(500);
  }
  return last;
}

const root = 'ryzanstein.api.v1.LlmService/ChatStream';

function rootsInElasticsearch(stack: Stack, environment: string): Promise<number> {
  return distinct(stack, 'traces-ryzanstein.otel-*', 'span_id', [
    { term: { name: root } },
    { term: { 'resource.attributes.deployment.environment.name': environment } },
  ]);
}

// Jaeger keeps what stands on the process, as it does what stands on the span, as nested tags.
function rootsInJaeger(stack: Stack, environment: string): Promise<number> {
  const tag = { term: { 'process.tags.value': environment } };
  return distinct(stack, '*jaeger-span-*', 'spanID', [
    { term: { operationName: root } },
    { nested: { path: 'process.tags', query: tag } },
  ]);
}

// Far above what a run asks for, so that the count is exact.
const exactUpTo = 40_000;

/**
 * How many spans there are, each counted once: the Collector sends again what Jaeger has not confirmed
 * in time, and Jaeger may then store both.
 */
async function distinct(
  stack: Stack,
  index: string,
  field: string,
  filter: readonly unknown[],
): Promise<number> {
  const address = `${stack.endpoints.elasticsearch}/${index}`;
  try {
    await fetch(`${address}/_refresh`, { method: 'POST' });
    const response = await fetch(`${address}/_search?size=0&allow_no_indices=true&ignore_unavailable=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        query: { bool: { filter } },
        aggs: { spans: { cardinality: { field, precision_threshold: exactUpTo } } },
      }),
    });
    const found = (await response.json()) as { aggregations?: { spans?: { value?: number } } };
    return found.aggregations?.spans?.value ?? 0;
  } catch {
    return -1; // it is still starting
  }
}
