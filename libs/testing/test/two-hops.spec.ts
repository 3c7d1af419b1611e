import type { Metadata } from '@grpc/grpc-js';
import { gpuCoordinator, inferenceEngine } from '@ryzanstein/contracts';
import { createRpcClient, createRpcServer, type RpcServer } from '@ryzanstein/rpc';
import { silentLogger } from '@ryzanstein/runtime';
import { currentSpan, TraceContext, untraced, type Telemetry } from '@ryzanstein/tracing';
import { checkConventions, expectTree, startTestTelemetry, type SpanRecorder } from '../src/index.ts';

const acquire = 'ryzanstein.gpu.v1.GpuCoordinator/Acquire';
const generate = 'ryzanstein.engine.v1.InferenceEngine/Generate';

let telemetry: Telemetry;
let recorder: SpanRecorder;
const servers: RpcServer[] = [];
const clients: { close(): void }[] = [];

function serve(): RpcServer {
  const server = createRpcServer({ logger: silentLogger, onCall: telemetry.serverCallHook });
  servers.push(server);
  return server;
}

/** A coordinator, and an engine that asks it for a lease before each generation. */
async function start() {
  const coordinator = await serve()
    .add(gpuCoordinator, {
      Acquire: async (request) => {
        currentSpan()?.setAttributes({
          'ryzanstein.gpu.id': 3,
          'ryzanstein.lease.id': request.idempotencyKey,
        });
        return { leaseId: request.idempotencyKey, gpuId: 3 };
      },
      Release: async () => ({}),
      ListDevices: async () => ({ devices: [] }),
      async *KeepAlive(requests) {
        for await (const request of requests) {
          await leases.Release({ leaseId: request.leases[0]?.leaseId ?? '' });
          yield {};
        }
      },
      async *ReportDevices() {},
      async *WatchLeases() {},
    })
    .listen('127.0.0.1:0');
  const interceptors = telemetry.clientInterceptors;
  const leases = createRpcClient(gpuCoordinator, coordinator, { interceptors });
  const engineAddress = await serve()
    .add(inferenceEngine, {
      async *Generate(request) {
        await leases.Acquire({ idempotencyKey: request.leaseId });
        const startEpochMs = performance.timeOrigin + performance.now();
        yield { delta: { text: 'a' } };
        telemetry.tracer.recordSpan({
          name: 'chat m',
          parent: TraceContext.current(),
          startEpochMs,
          endEpochMs: startEpochMs + 1.5,
          attributes: { 'gen_ai.operation.name': 'chat', 'ryzanstein.tokens.output': 1 },
          events: [{ name: 'first_token', epochMs: startEpochMs + 1 }],
          children: [{ name: 'queue', startEpochMs, endEpochMs: startEpochMs + 1 }],
        });
      },
      Embed: async () => ({}),
      EndLease: async () => ({}),
      Tokenize: async () => ({}),
      GetModelInfo: async () => ({}),
      GetLoad: async () => ({}),
    })
    .listen('127.0.0.1:0');
  const engine = createRpcClient(inferenceEngine, engineAddress, { interceptors });
  clients.push(leases, engine);
  return { leases, engine, engineAddress };
}

async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _message of stream);
}

beforeEach(() => {
  ({ telemetry, recorder } = startTestTelemetry());
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(servers.splice(0).map((server) => server.close()));
  await telemetry.shutdown();
});

it('makes one tree of a request over two hops, with the request id on every span', async () => {
  const { engine, engineAddress } = await start();
  await telemetry.tracer.startSpan('caller', async () => {
    await drain(engine.Generate({ leaseId: 'lease-1' }, { metadata: { 'x-request-id': 'the-request' } }));
  });

  const spans = await recorder.whenIdle(7);
  const port = Number(engineAddress.split(':')[1]);
  const called = { 'rpc.system.name': 'grpc', 'rpc.response.status_code': 'OK', 'request.id': 'the-request' };
  expectTree(spans).toEqual({
    name: 'caller',
    service: 'test',
    children: [
      {
        name: generate,
        kind: 'CLIENT',
        attributes: { ...called, 'rpc.method': generate, 'server.address': '127.0.0.1', 'server.port': port },
        children: [
          {
            name: generate,
            kind: 'SERVER',
            attributes: {
              ...called,
              'rpc.method': generate,
              'server.address': '127.0.0.1',
              'server.port': port,
            },
            children: [
              {
                name: acquire,
                kind: 'CLIENT',
                attributes: called,
                children: [
                  {
                    name: acquire,
                    kind: 'SERVER',
                    attributes: { ...called, 'ryzanstein.gpu.id': 3, 'ryzanstein.lease.id': 'lease-1' },
                  },
                ],
              },
              {
                name: 'chat m',
                attributes: { 'request.id': 'the-request', 'ryzanstein.tokens.output': 1 },
                events: ['first_token'],
                children: [{ name: 'queue', attributes: { 'request.id': 'the-request' } }],
              },
            ],
          },
        ],
      },
    ],
  });
  expect(checkConventions(spans)).toEqual([]);
  for (const span of spans) {
    const parent = spans.find(({ spanId }) => spanId === span.parentSpanId);
    if (parent !== undefined) expect(span.startEpochMs).toBeGreaterThanOrEqual(parent.startEpochMs);
  }
});

it('makes no span for a long-lived stream, and passes its trace and request id on', async () => {
  const { leases } = await start();
  await telemetry.tracer.startSpan('holder', async () => {
    const renewals = leases.KeepAlive({ metadata: { 'x-request-id': 'renewals' } });
    await renewals.send({ leases: [{ leaseId: 'lease-1' }] });
    await renewals.next();
    renewals.end();
    await drain(renewals);
  });
  const release = 'ryzanstein.gpu.v1.GpuCoordinator/Release';
  expectTree(await recorder.whenIdle(3)).toEqual({
    name: 'holder',
    children: [
      {
        name: release,
        kind: 'CLIENT',
        attributes: { 'request.id': 'renewals' },
        children: [{ name: release, kind: 'SERVER', attributes: { 'request.id': 'renewals' } }],
      },
    ],
  });
});

it('makes no span anywhere below untraced work', async () => {
  const { leases } = await start();
  await untraced(() => leases.ListDevices({}));
  await telemetry.tracer.startSpan('visible', () => untraced(() => leases.ListDevices({})));
  expectTree(await recorder.whenIdle(1)).toEqual({ name: 'visible' });
});

it('returns request id and trace in the headers', async () => {
  const { engine } = await start();
  const stream = engine.Generate({ leaseId: 'lease-1' }, { metadata: { 'x-request-id': 'mine' } });
  await drain(stream);
  const headers = await stream.headers;
  expect(headers.get('x-request-id')).toEqual(['mine']);
  // A success has said it in its headers.
  expect((await stream.trailers).get('x-request-id')).toEqual([]);
  const server = (await recorder.whenIdle(6)).find(
    ({ name, kind }) => name === generate && kind === 'SERVER',
  );
  expect(headers.get('traceresponse')).toEqual([`00-${server?.traceId}-${server?.spanId}-03`]);
});

it('makes a request id where the caller gave none, or a bad one', async () => {
  const { leases } = await start();
  const answered: string[] = [];
  const onHeaders = (headers: Metadata) => answered.push(...headers.get('x-request-id').map(String));
  await leases.ListDevices({}, { onHeaders });
  await leases.ListDevices({}, { onHeaders, metadata: { 'x-request-id': 'has a space' } });
  expect(answered).toEqual([
    expect.stringMatching(/^[0-9a-f]{32}$/),
    expect.stringMatching(/^[0-9a-f]{32}$/),
  ]);
  const spans = await recorder.whenIdle(4);
  expect(spans.map(({ attributes }) => attributes['request.id']).sort()).toEqual(
    [...answered, ...answered].sort(),
  );
});
