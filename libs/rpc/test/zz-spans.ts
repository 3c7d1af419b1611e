import grpc from '@grpc/grpc-js';
import { GrpcInstrumentation } from '@opentelemetry/instrumentation-grpc';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { context, propagation, trace } from '@opentelemetry/api';
import * as sdk from '@opentelemetry/sdk-trace';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { gpuCoordinator, inferenceEngine } from '@ryzanstein/contracts';
const started: any[] = [];
const ended: any[] = [];
context.setGlobalContextManager(new AsyncLocalStorageContextManager());
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
const Provider = (sdk as any).TracerProvider ?? (sdk as any).BasicTracerProvider;
console.log(Object.keys(sdk).filter((k) => /Provider/.test(k)));
const provider = new Provider({
  spanProcessors: [
    {
      onStart: (s: any) => started.push(s),
      onEnd: (s: any) => ended.push(s),
      forceFlush: async () => {},
      shutdown: async () => {},
    },
  ],
});
trace.setGlobalTracerProvider(provider);
const instr = new GrpcInstrumentation();
instr.setTracerProvider?.(provider);
for (const d of (instr as any).getModuleDefinitions()) d.patch(grpc, '1.14.7');
const { createRpcClient, createRpcServer, RpcError } = await import('../src/index.ts');
const { sumService } = await import('./sum-service.ts');
const logger = { debug() {}, warn() {}, error() {} };
const tick = (ms = 60) => new Promise((r) => setTimeout(r, ms));
const never = () => new Promise<never>(() => {});
const mode = { m: '' };
const outcomes: string[] = [];
const server = createRpcServer({
  logger,
  defaultDeadlineMs: 2000,
  onCall(c, next) {
    c.onEnd((o) => outcomes.push(o.code));
    c.trailers.set('x-request-id', 'r');
    c.responseHeaders.set('x-request-id', 'r');
    next();
  },
})
  .add(inferenceEngine, {
    async *Generate(_r, ctx) {
      if (mode.m === 'error') {
        yield {};
        throw new RpcError('NOT_FOUND', 'x');
      }
      if (mode.m === 'plain') {
        yield {};
        throw new Error('x');
      }
      if (mode.m === 'block') {
        yield {};
        await never();
      }
      for (let i = 0; i < (mode.m === 'ok' ? 5 : 1e9); i++) {
        if (i % 10 == 0) await new Promise((r) => setImmediate(r));
        yield {};
      }
    },
    Embed: async () => {
      throw new Error('x');
    },
    Tokenize: (() => {
      throw new Error('sync');
    }) as never,
    GetModelInfo: async () => ({}),
    GetLoad: never,
  })
  .add(sumService, {
    async Sum(t) {
      let v = 0;
      for await (const x of t) v += x.value;
      return { value: v };
    },
    async *RunningSum(t) {
      for await (const x of t) yield x;
    },
  });
const address = await server.listen('127.0.0.1:0');
const client = createRpcClient(inferenceEngine, address);
const sums = createRpcClient(sumService, address);
await client.waitForReady(1000);
await sums.waitForReady(1000);
async function row(name: string, m: string, fn: () => Promise<unknown>) {
  mode.m = m;
  started.length = 0;
  ended.length = 0;
  outcomes.length = 0;
  let result = 'ok';
  try {
    await fn();
  } catch (e: any) {
    result = e.code;
  }
  await tick();
  const show = (kind: number) =>
    ended
      .filter((s) => s.kind === kind)
      .map((s) => `${s.attributes['rpc.grpc.status_code']}/${s.status.code}`)
      .join(',');
  console.log(
    name.padEnd(34),
    'result',
    result.padEnd(18),
    'started',
    started.length,
    'ended',
    ended.length,
    'client',
    show(2),
    'server',
    show(1),
    outcomes.join(','),
    server.inFlight,
    started.length === ended.length && server.inFlight === 0 ? '' : '<<<<<<',
  );
}
const all = async (s: AsyncIterable<unknown>) => {
  for await (const _ of s);
};
await row('unary ok', '', () => client.GetModelInfo({}));
await row('unary plain error', '', () => client.Embed({}));
await row('unary sync throw', '', () => client.Tokenize({}));
await row('unary deadline never answers', '', () => client.GetLoad({}, { timeoutMs: 50 }));
await row('unary cancel never answers', '', () => client.GetLoad({}, { signal: AbortSignal.timeout(50) }));
await row('stream ok', 'ok', () => all(client.Generate({})));
await row('stream error', 'error', () => all(client.Generate({})));
await row('stream plain', 'plain', () => all(client.Generate({})));
await row('stream break', '', async () => {
  for await (const _ of client.Generate({})) break;
});
await row('stream cancel', '', async () => {
  const s = client.Generate({});
  await s.next();
  s.cancel();
  await all(s);
});
await row('stream cancel now', '', async () => {
  const s = client.Generate({});
  s.cancel();
  await all(s);
});
await row('stream abandoned with deadline', '', async () => {
  client.Generate({}, { timeoutMs: 50 });
  await tick(150);
});
await row('stream deadline', '', () => all(client.Generate({}, { timeoutMs: 50 })));
await row('stream deadline blocked', 'block', () => all(client.Generate({}, { timeoutMs: 50 })));
await row('stream cancel blocked', 'block', async () => {
  const s = client.Generate({});
  await s.next();
  s.cancel();
  await all(s);
});
await row('clientstream ok', '', async () => {
  const s = sums.Sum();
  await s.send({ value: 1 });
  s.end();
  await s.response;
});
await row('clientstream cancel', '', async () => {
  const s = sums.Sum();
  await s.send({ value: 1 });
  await tick(20);
  s.cancel();
  await s.response;
});
await row('clientstream deadline', '', async () => {
  const s = sums.Sum({ timeoutMs: 50 });
  await s.send({ value: 1 });
  await s.response;
});
await row('bidi ok', '', async () => {
  const s = sums.RunningSum();
  await s.send({ value: 1 });
  s.end();
  await all(s);
});
await row('bidi cancel', '', async () => {
  const s = sums.RunningSum();
  await s.send({ value: 1 });
  await tick(20);
  s.cancel();
  await all(s);
});
await row('bidi deadline', '', async () => {
  const s = sums.RunningSum({ timeoutMs: 50 });
  await s.send({ value: 1 });
  await all(s);
});
await row('bad arguments', '', () => client.Tokenize({ chat: 'x' as never }));
await row('client killed', '', async () => {
  const c = createRpcClient(inferenceEngine, address, {
    channelOptions: { 'grpc.use_local_subchannel_pool': 1 },
  });
  const s = c.Generate({});
  await s.next();
  c.close();
  await all(s);
});
await row('forced drain', '', async () => {
  const s = client.Generate({});
  await s.next();
  const d = server.drain(10);
  await Promise.all([all(s), d]);
});
client.close();
sums.close();
