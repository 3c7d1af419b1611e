import { gpuCoordinator } from '@ryzanstein/contracts';
import { createRpcClient, RpcError } from '@ryzanstein/rpc';
import { asking, caller, meshUnderTest, type Caller, type MeshUnderTest } from '../mesh-under-test.ts';
import { begin } from '../on-its-way.ts';
import { stageOf, type Stage } from '../stage.ts';
import { storedSpans, until, type StoredSpan } from '../stored-trace.ts';

const streams = 16;
const long = asking('Tell me a short story about a bear.', { maxTokens: 60 });

const leaseTtlMs = 2_000;

let under: MeshUnderTest;
let stage: Stage;

beforeAll(async () => {
  // Decodes begin late, so that all streams are surely under way when a process dies.
  under = await meshUnderTest({
    env: { RYZ_INJECT_DELAY: 'decode:800', RYZ_SLOTS: '16', RYZ_LEASE_TTL_MS: String(leaseTtlMs) },
  });
  stage = stageOf(under);
}, 60_000);

afterAll(async () => {
  stage.close();
  await under.stop();
});

interface Ended {
  readonly from: Caller;
  readonly error?: RpcError;
}

/** Starts streams and waits until each has had its first token. */
async function running(): Promise<{ from: Caller; ended: Promise<Ended> }[]> {
  const all = Array.from({ length: streams }, () => {
    const from = caller();
    const { promise: first, resolve: onFirst } = Promise.withResolvers<void>();
    const read = async (): Promise<Ended> => {
      try {
        for await (const _ of under.client.ChatStream(long, { metadata: { traceparent: from.traceparent } }))
          onFirst();
        return { from };
      } catch (reason) {
        return { from, error: RpcError.from(reason) };
      }
    };
    return { from, first, ended: read() };
  });
  await Promise.all(all.map(({ first, ended }) => Promise.race([first, ended])));
  return all;
}

async function leased(): Promise<number> {
  const client = createRpcClient(gpuCoordinator, under.mesh.addresses.gpu.grpc);
  try {
    const { devices } = await client.ListDevices({}, { timeoutMs: 2_000 });
    return devices.reduce((sum, device) => sum + device.leased, 0);
  } catch {
    return -1;
  } finally {
    client.close();
  }
}

async function serves(): Promise<void> {
  await until(
    async () => {
      try {
        return (await under.client.Chat(asking('Hi'), { timeoutMs: 5_000 })).message?.content ?? '';
      } catch (error) {
        return RpcError.from(error).code;
      }
    },
    (answer) => answer !== '' && !/^[A-Z_]+$/.test(answer),
    20_000,
  );
}

/** Once the killed process runs again, no stored span of the traces hangs on a parent that is not stored. */
async function noOrphans(traces: readonly Caller[]): Promise<void> {
  const ui = under.mesh.addresses.tracebox?.ui ?? '';
  for (const from of traces) {
    const orphans = (spans: readonly StoredSpan[]): string[] => {
      const ids = new Set(spans.map(({ spanId }) => spanId));
      return spans
        .filter(({ parentSpanId }) => parentSpanId !== from.spanId && !ids.has(parentSpanId))
        .map(({ name, service }) => `${service} ${name}`);
    };
    const spans = await until(
      () => storedSpans(ui, from.traceId),
      (all) => all.some(({ parentSpanId }) => parentSpanId === from.spanId) && orphans(all).length === 0,
      10_000,
    );
    expect({
      root: spans.some(({ parentSpanId }) => parentSpanId === from.spanId),
      orphans: orphans(spans),
    }).toEqual({
      root: true,
      orphans: [],
    });
  }
}

/** The calls that the engine did not live to end have all that stood at their begin, and no status that nobody sent. */
async function toldOfTheKill(traces: readonly Caller[]): Promise<void> {
  const ui = under.mesh.addresses.tracebox?.ui ?? '';
  const method = 'ryzanstein.engine.v1.InferenceEngine/Generate';
  for (const from of traces) {
    const calls = (await storedSpans(ui, from.traceId)).filter(({ name }) => name === method);
    const served = calls.find(({ kind }) => kind === 'SERVER');
    expect(served?.attributes).toMatchObject({
      'rpc.system.name': 'grpc',
      'rpc.method': method,
      'server.address': expect.any(String),
      'request.id': expect.any(String),
      'error.type': 'PROCESS_KILLED',
      'ryzanstein.span.recovered': true,
    });
    expect(served?.attributes).not.toHaveProperty(['rpc.response.status_code']);
    expect(calls.find(({ kind }) => kind === 'CLIENT')?.attributes).toMatchObject({
      'rpc.response.status_code': 'UNAVAILABLE',
    });
  }
}

describe('kill -9 during 16 streams', () => {
  it('of the engine: every caller gets UNAVAILABLE and a sentence, no lease is left, the new one serves', async () => {
    const all = await running();
    await under.mesh.kill('inference-engine');
    const ended = await Promise.all(all.map(({ ended: end }) => end));
    expect(ended.map(({ error }) => error?.code)).toEqual(ended.map(() => 'UNAVAILABLE'));
    for (const { error } of ended) expect(error?.message).toMatch(/^[A-Z].*engine.*/);
    await until(leased, (count) => count === 0, 3_000);
    await under.mesh.restart('inference-engine');
    await serves();
    await noOrphans(all.map(({ from }) => from));
    await toldOfTheKill(all.map(({ from }) => from));
  }, 60_000);

  it('of the coordinator: the streams outlive it, and the new one takes over their leases', async () => {
    const all = await running();
    await under.mesh.kill('gpu-coordinator');
    await under.mesh.restart('gpu-coordinator');
    const ended = await Promise.all(all.map(({ ended: end }) => end));
    expect(ended.map(({ error }) => error?.message)).toEqual(ended.map(() => undefined));
    await until(leased, (count) => count === 0, 12_000);
    await serves();
    await noOrphans(all.map(({ from }) => from));
  }, 60_000);

  it('of the coordinator while a request waits for a device: it is told so, and the new one serves', async () => {
    // All slots, and two for the hand-over.
    await stage.lease(streams + 2);
    const waiting = begin(under.client, long);
    await stage.until((taken) => taken.waiting === 1);
    await under.mesh.kill('gpu-coordinator');
    expect(await waiting.ended).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'The coordinator of the devices cannot be reached. Send the request again in a moment.',
      retryAfterMs: 1_000,
    });
    await under.mesh.restart('gpu-coordinator');
    await serves();
    await noOrphans([waiting.from]);
  }, 60_000);

  it('of the api-server: callers get UNAVAILABLE, the leases run out, the new one serves', async () => {
    const all = await running();
    await under.mesh.kill('api-server');
    const ended = await Promise.all(all.map(({ ended: end }) => end));
    expect(ended.map(({ error }) => error?.code)).toEqual(ended.map(() => 'UNAVAILABLE'));
    await stage.until(({ active, queued }) => active + queued === 0, 1_000);
    await until(leased, (count) => count === 0, leaseTtlMs + 1_000);
    await under.mesh.restart('api-server');
    await serves();
    await noOrphans(all.map(({ from }) => from));
  }, 60_000);
});
