import { startStack, type Stack } from '@ryzanstein/stack';
import { buildTrace, isWhole, readOtlpTraces, type Explanation } from '@ryzanstein/trace-analysis';
import { startTracebox, type Tracebox } from '@ryzanstein/tracebox';
import { cliRun, type CliRun } from '../../tools/cli/test/cli-run.ts';
import { asking, caller, type Caller } from '../mesh/mesh-under-test.ts';
import { until } from '../mesh/stored-trace.ts';
import { arrivesWithinMs, meshOnStack, type MeshOnStack } from './mesh-on-stack.ts';
import { startOtlpTee, type OtlpTee } from './otlp-tee.ts';
import { sharedStack } from './shared-stack.ts';

/*
 * The same spans in three stores: what a reader is told must not hang on which it asks. The Jaegers are of their own,
 * so that they hold nothing else; Elasticsearch is the one that runs for all.
 */
const long = asking('Tell me a short story about a bear.', { maxTokens: 120 });
const unkept = 'unkept';
const queued = Array.from({ length: 6 }, (_, index) => `queued-${index}`);
const names = [...queued, 'unary', 'embedded', 'http', 'cancelled', 'expired', 'invalid', 'too-long'];

const stores = { tracebox: '', jaeger: '', jaegerOnElasticsearch: '' };
type StoreName = keyof typeof stores;
const requests: Record<string, Caller> = {};

let tracebox: Tracebox;
let stacks: Stack[];
let tee: OtlpTee;
let mesh: MeshOnStack;

beforeAll(async () => {
  const { elasticsearch, prometheus } = sharedStack().endpoints;
  const env = {
    ELASTICSEARCH_URL: elasticsearch,
    PROMETHEUS_URL: prometheus,
    PROMETHEUS_OTLP_ENDPOINT: `${prometheus}/api/v1/otlp`,
  };
  const only = ['jaeger', 'collector'] as const;
  const free = '127.0.0.1:0';
  const inMemory = await startStack({ only, env });
  const onElasticsearch = await startStack({ only, env, jaegerStorage: 'elasticsearch' });
  stacks = [inMemory, onElasticsearch];
  tracebox = await startTracebox({ grpcAddress: free, httpAddress: free, uiAddress: free });
  stores.tracebox = `http://${tracebox.addresses.ui}`;
  stores.jaeger = inMemory.endpoints.jaegerQuery;
  stores.jaegerOnElasticsearch = onElasticsearch.endpoints.jaegerQuery;
  const receivers = stacks.map(({ endpoints }) => new URL(endpoints.otlpGrpc).host);
  tee = await startOtlpTee([tracebox.addresses.otlpGrpc, ...receivers]);
  // One runs and two wait in the engine; the others wait for a device.
  mesh = await meshOnStack(inMemory, { OTEL_EXPORTER_OTLP_ENDPOINT: tee.endpoint, RYZ_SLOTS: '1' });
  await askAll();
  await Promise.all(Object.values(requests).map(inAllStores));
});

afterAll(async () => {
  await mesh?.stop();
  await tee?.stop();
  await tracebox?.stop();
  for (const stack of stacks ?? []) expect(await stack.stop()).toEqual([]);
});

/** One request of each way out, and more at once than there are devices; each has its name as request id. */
async function askAll(): Promise<void> {
  const metadata = (name: string): { traceparent: string; 'x-request-id': string } => {
    const from = caller();
    requests[name] = from;
    return { traceparent: from.traceparent, 'x-request-id': name };
  };
  const unsampled = { traceparent: caller().traceparent.replace(/01$/, '00'), 'x-request-id': unkept };
  await Promise.all([
    mesh.chat(long, { metadata: unsampled }),
    ...queued.map((name) => mesh.chat(long, { metadata: metadata(name) })),
  ]);
  await mesh.client.Chat(asking('What is a span?'), { metadata: metadata('unary') });
  await mesh.client.Embed({ input: ['The owl sleeps.'] }, { metadata: metadata('embedded') });
  await fetch(`http://${mesh.mesh.addresses.api.http}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...metadata('http') },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'What is a span?' }] }),
  });
  for await (const _ of mesh.client.ChatStream(long, { metadata: metadata('cancelled') })) break;
  const failing = [
    mesh.chat(long, { metadata: metadata('expired'), timeoutMs: 40 }),
    mesh.chat({ messages: [] }, { metadata: metadata('invalid') }),
    mesh.chat(asking('word '.repeat(3_000)), { metadata: metadata('too-long') }),
  ];
  expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(
    failing.map(() => 'rejected'),
  );
}

/** Until each store has the same spans of a trace, and they are whole. */
async function inAllStores({ traceId }: Caller): Promise<void> {
  const read = async (url: string): Promise<string[] | undefined> => {
    const response = await fetch(`${url}/api/v3/traces/${traceId}`);
    const spans = response.ok ? readOtlpTraces(await response.json()) : [];
    const trace = buildTrace(spans);
    return trace !== undefined && isWhole(trace) ? spans.map(({ spanId }) => spanId).sort() : undefined;
  };
  await until(
    () => Promise.all(Object.values(stores).map(read)),
    ([first, ...others]) => first !== undefined && others.every((one) => String(one) === String(first)),
    arrivesWithinMs,
  );
}

/** What a command says that asks this store; the store's own address is left out. */
async function said(store: StoreName, ...args: string[]): Promise<CliRun> {
  const url = stores[store];
  const { code, stdout, stderr } = await cliRun(args, { env: { RYZ_TRACE_URL: url, COLUMNS: '200' } });
  return { code, stdout: stdout.replaceAll(url, 'STORE'), stderr: stderr.replaceAll(url, 'STORE') };
}

async function why(store: StoreName, name: string): Promise<Explanation> {
  const { stdout } = await said(store, 'why', '--wait', '0s', '--no-compare', '--json', name);
  return JSON.parse(stdout) as Explanation;
}

describe('Jaeger', () => {
  it.each(names)('has ryz why and ryz trace say of %s what they say from tracebox', async (name) => {
    for (const command of [['why'], ['why', '--no-compare'], ['trace'], ['trace', '--verify']]) {
      const args = [...command, '--wait', '0s', name];
      expect([command, await said('jaeger', ...args)]).toEqual([command, await said('tracebox', ...args)]);
    }
    const whole = async (store: StoreName): Promise<unknown> =>
      JSON.parse((await said(store, 'trace', '--json', '--wait', '0s', name)).stdout);
    expect(await whole('jaeger')).toEqual(await whole('tracebox'));
  });

  it('has ryz slow list the same requests with the same reasons', async () => {
    const slow = ['slow', '--count', String(names.length)];
    const told = await said('jaeger', ...slow);
    expect(told.stdout).toContain(`Of ${names.length} requests.`);
    expect(told).toEqual(await said('tracebox', ...slow));
  });

  it('leads from who waited to who held the device, and from who let it in back', async () => {
    const waited = new Set<string>();
    let ways = 0;
    for (const name of queued)
      for (const { requestId, traceId, released } of (await why('jaeger', name)).behind) {
        waited.add(name);
        // Of whom no trace is kept, the name is.
        expect([requestId, traceId]).toEqual([requestId, requests[requestId]?.traceId]);
        if (released === undefined || requestId === unkept) continue;
        const { blocked } = await why('jaeger', requestId);
        expect([requestId, blocked.requests]).toEqual([requestId, expect.arrayContaining([name])]);
        ways += 1;
      }
    // Seven at once, of whom three do not wait and one is kept nowhere.
    expect([3, 4]).toContain(waited.size);
    expect(ways).toBeGreaterThanOrEqual(waited.size - 1);
  });
});

describe.each(['jaeger', 'jaegerOnElasticsearch'] as const)('%s', (store) => {
  it.each(names)('has ryz trace --verify find %s consistent, however often it is asked', async (name) => {
    const verify = (): Promise<CliRun> => said(store, 'trace', '--verify', '--wait', '0s', name);
    const consistent = { code: 0, stdout: expect.stringMatching(/^consistent: \d+ checks\n$/), stderr: '' };
    expect([await verify(), await verify()]).toEqual([consistent, consistent]);
  });
});

/** What does not hang on fractions of a microsecond, nor on attributes of links: Elasticsearch has neither. */
function gist({ cause, operation, requestId, behind, blocked, missing, parts }: Explanation): unknown {
  const others = behind.map((other) => [other.requestId, other.released]);
  const words = parts.map(({ name, words: text }) => `${name}: ${text}`).sort();
  return { cause, operation, requestId, others, blocked, missing, words };
}

describe('Jaeger on Elasticsearch', () => {
  it.each(names)('has ryz why say of %s what it says from tracebox, to the microsecond', async (name) => {
    const [told, other] = await Promise.all([why('jaegerOnElasticsearch', name), why('tracebox', name)]);
    expect(gist(told)).toEqual(gist(other));
    const partOf = new Map(other.parts.map((part) => [part.name, part]));
    for (const { name: part, ms, percent } of told.parts) {
      expect(Math.abs(ms - (partOf.get(part)?.ms ?? 0))).toBeLessThan(0.01);
      expect(Math.abs(percent - (partOf.get(part)?.percent ?? 0))).toBeLessThanOrEqual(1);
    }
  });
});
