/**
 * A process with a server, a client of it, or both, traced in one way: `subject.js VARIANT
 * PEERS SINK`. Answers commands over IPC.
 */
import { llmService } from '@ryzanstein/contracts';
import type * as Grpc from '@grpc/grpc-js';
import { readFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { createRequire } from 'node:module';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { modulesOf, partsOf } from './profile-parts.ts';
import type { Command, Reply } from './protocol.ts';
import { setUpTracing, type SinkAddresses } from './tracing.ts';
import type { Tracing } from './variants.ts';

const [tracing, peers = '', sink = '{}'] = process.argv.slice(2) as [Tracing, string, string];
const requirePeer = createRequire(peers);
const setUp = setUpTracing(tracing, JSON.parse(sink) as SinkAddresses, requirePeer);
// After the set-up, and from where the set-up looks for it.
const requireGrpc = tracing === 'none' || tracing === 'mesh' ? createRequire(import.meta.url) : requirePeer;
const grpc = requireGrpc('@grpc/grpc-js') as typeof Grpc;

const messagesPerStream = 256;
const { CountTokens, ChatStream } = llmService;
const service = { CountTokens, ChatStream } as unknown as Grpc.ServiceDefinition;
const chunk = {
  id: 'c',
  model: 'm',
  delta: { content: 'token ' },
  finishReason: 'FINISH_REASON_UNSPECIFIED',
};
const question = { model: 'm', prompt: 'What is a span?' };
const chat = { model: 'm', messages: [{ role: 'user', content: 'What is a span?' }] };

async function serve(): Promise<string> {
  const server = new grpc.Server({ interceptors: setUp.serverInterceptors });
  server.addService(service, {
    CountTokens: (_call: unknown, answer: Grpc.sendUnaryData<object>) => answer(null, { tokens: 7 }),
    ChatStream: (call: Grpc.ServerWritableStream<object, object>) => {
      let left = messagesPerStream;
      const more = (): void => {
        while (left-- > 0) if (!call.write(chunk)) return void call.once('drain', more);
        call.end();
      };
      more();
    },
  });
  return new Promise((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(`127.0.0.1:${port}`),
    );
  });
}

interface Calls {
  readonly unary: () => Promise<void>;
  readonly stream: () => Promise<void>;
}

function connect(address: string): Calls {
  const Client = grpc.makeClientConstructor(service, 'Bench');
  const client = new Client(address, grpc.credentials.createInsecure(), {
    interceptors: setUp.clientInterceptors,
  }) as unknown as {
    CountTokens(request: object, done: (error: Error | null) => void): void;
    ChatStream(request: object): Grpc.ClientReadableStream<object>;
  };
  return {
    unary: () =>
      new Promise((resolve, reject) =>
        client.CountTokens(question, (error) => (error ? reject(error) : resolve())),
      ),
    stream: () =>
      new Promise((resolve, reject) => {
        let received = 0;
        client
          .ChatStream(chat)
          .on('data', () => void received++)
          .on('error', reject)
          .on('end', () =>
            received === messagesPerStream
              ? resolve()
              : reject(new Error(`${received} of ${messagesPerStream} messages came`)),
          );
      }),
  };
}

const profiler = new Session();
const samplingUs = 500;
let calls: Calls | undefined;
let cpuAtBegin: NodeJS.CpuUsage;

async function run({ shape, count, concurrency }: Extract<Command, { do: 'load' }>): Promise<Reply> {
  if (calls === undefined) throw new Error('not connected');
  const { [shape]: call } = calls;
  const latenciesUs: number[] = [];
  let left = count;
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  const startedMs = performance.now();
  const caller = async (): Promise<void> => {
    while (left-- > 0) {
      const fromMs = performance.now();
      await call();
      latenciesUs.push((performance.now() - fromMs) * 1_000);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  const wallMs = performance.now() - startedMs;
  delay.disable();
  return { is: 'load', latenciesUs, wallMs, loopDelayP99Us: delay.percentile(99) / 1_000 };
}

async function answer(command: Command): Promise<Reply> {
  switch (command.do) {
    case 'serve':
      return { is: 'serving', address: await serve() };
    case 'connect':
      calls = connect(command.address);
      await calls.unary();
      return { is: 'done' };
    case 'begin':
      await setUp.flush();
      cpuAtBegin = process.cpuUsage();
      return { is: 'done' };
    case 'load':
      return run(command);
    case 'end': {
      await setUp.flush();
      const { user, system } = process.cpuUsage(cpuAtBegin);
      return { is: 'cpu', cpuUs: user + system };
    }
    case 'profile':
      profiler.connect();
      await profiler.post('Profiler.enable');
      await profiler.post('Profiler.setSamplingInterval', { interval: samplingUs });
      await profiler.post('Profiler.start');
      return { is: 'done' };
    case 'profiled': {
      const { profile } = await profiler.post('Profiler.stop');
      profiler.disconnect();
      const bundle = readFileSync(fileURLToPath(import.meta.url), 'utf8');
      return { is: 'profiled', parts: partsOf(profile, modulesOf(bundle)) };
    }
  }
}

process.on('message', (command: Command) => {
  answer(command).then(
    (reply) => process.send?.(reply),
    (reason: unknown) => process.send?.({ is: 'failed', reason: String(reason) } satisfies Reply),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ is: 'done' } satisfies Reply);
