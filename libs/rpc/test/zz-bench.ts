import * as grpc from '@grpc/grpc-js';
import { inferenceEngine } from '@ryzanstein/contracts';
import { createRpcClient, createRpcServer } from '../src/index.ts';
const logger = { debug() {}, warn() {}, error() {} };
const server = createRpcServer({
  logger,
  defaultDeadlineMs: 60000,
  onCall: process.argv[2] === 'hook' ? (_c, n) => n() : undefined,
}).add(inferenceEngine, {
  async *Generate() {
    for (let i = 0; i < 256; i++) yield { delta: { text: 'token', tokens: 1 } };
  },
  Embed: async () => ({}),
  Tokenize: async (r) => ({ tokens: r.text!.length }),
  GetModelInfo: async () => ({}),
  GetLoad: async () => ({}),
});
const address = await server.listen('127.0.0.1:0');
const client = createRpcClient(inferenceEngine, address);
const raw = new grpc.Server({ 'grpc.enable_channelz': 0 });
raw.addService(inferenceEngine, {
  Tokenize: (c: any, cb: any) => cb(null, { tokens: c.request.text.length }),
  Generate: (c: any) => {
    let i = 0;
    const go = () => {
      while (i++ < 256)
        if (!c.write({ delta: { text: 'token', tokens: 1 } })) {
          c.once('drain', go);
          return;
        }
      c.end();
    };
    go();
  },
} as any);
const port = await new Promise<number>((r) =>
  raw.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (_e, p) => r(p)),
);
const rawClient = new (grpc.makeGenericClientConstructor(inferenceEngine as any, 'x'))(
  `127.0.0.1:${port}`,
  grpc.credentials.createInsecure(),
  { 'grpc.enable_channelz': 0 },
) as any;
const kinds: Record<string, () => Promise<unknown>> = {
  rawUnary: () =>
    new Promise((r, j) => rawClient.Tokenize({ text: 'hello' }, (e: any, v: any) => (e ? j(e) : r(v)))),
  ourUnary: () => client.Tokenize({ text: 'hello' }),
  rawStream: () =>
    new Promise((r, j) => {
      const s = rawClient.Generate({});
      s.on('data', () => {});
      s.on('error', j);
      s.on('end', r);
    }),
  rawForAwait: async () => {
    for await (const _ of rawClient.Generate({}));
  },
  ourStream: async () => {
    for await (const _ of client.Generate({}));
  },
};
const results: Record<string, number[]> = {};
for (let round = 0; round < 9; round++)
  for (const [k, fn] of Object.entries(kinds).filter(
    ([k]) => !process.env.KIND || process.env.KIND.split(',').includes(k),
  )) {
    const n = /Unary/.test(k) ? 300 : 40;
    const c = process.cpuUsage();
    for (let i = 0; i < n; i++) await fn();
    const d = process.cpuUsage(c);
    (results[k] ??= []).push((d.user + d.system) / n);
  }
for (const [k, v] of Object.entries(results)) {
  v.sort((a, b) => a - b);
  console.log(k.padEnd(12), 'cpu us/call median', v[4]!.toFixed(0), 'best', v[0]!.toFixed(0));
}
client.close();
rawClient.close();
await server.close();
raw.forceShutdown();
