import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Command, Reply } from './protocol.ts';
import type { SinkAddresses } from './tracing.ts';
import type { Variant } from './variants.ts';

/** A subject process that is ready for commands. */
export interface Subject {
  ask<R extends Reply['is']>(command: Command, expected: R): Promise<Extract<Reply, { is: R }>>;
  stop(): Promise<void>;
}

/** The process that takes traces in. */
export interface Sink {
  readonly addresses: SinkAddresses;
  /** How many spans have come so far. */
  received(): Promise<number>;
  stop(): Promise<void>;
}

function start(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ChildProcess {
  return fork(program, args, {
    env: { PATH: process.env['PATH'], ...env },
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

/** The next message of a process; fails where the process ends instead. */
async function message<T>(child: ChildProcess, name: string): Promise<T> {
  if (child.exitCode !== null) throw new Error(`${name} ended with code ${child.exitCode}`);
  const over = new AbortController();
  const { signal } = over;
  try {
    const said = once(child, 'message', { signal }) as Promise<[T]>;
    const ended = once(child, 'exit', { signal }) as Promise<[number | null]>;
    const first = await Promise.race([said, ended.then(([code]) => ({ code }))]);
    if (Array.isArray(first)) return first[0];
    throw new Error(`${name} ended with code ${first.code}`);
  } finally {
    over.abort();
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || !child.connected) return;
  const exit = once(child, 'exit');
  child.disconnect();
  await exit;
}

/** Starts a process for one variant. */
export async function startSubject(
  program: string,
  variant: Variant,
  peers: string,
  sink: SinkAddresses,
): Promise<Subject> {
  const env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: sink.otlp,
    OTEL_LOGS_EXPORTER: 'none',
    ...variant.env,
  };
  const child = start(program, [variant.tracing, peers, JSON.stringify(sink)], env);
  await message<Reply>(child, variant.name);
  return {
    async ask(command, expected) {
      const answer = message<Reply>(child, variant.name);
      child.send(command);
      const reply = await answer;
      if (reply.is === 'failed') throw new Error(`${variant.name}: ${reply.reason}`);
      if (reply.is !== expected) throw new Error(`${variant.name} answered ${reply.is} to ${command.do}`);
      return reply as never;
    },
    stop: () => stop(child),
  };
}

/** Starts the sink. */
export async function startSink(program: string): Promise<Sink> {
  const child = start(program, []);
  const addresses = await message<SinkAddresses>(child, 'the sink');
  return {
    addresses,
    async received() {
      const answer = message<{ received: number }>(child, 'the sink');
      child.send('count');
      return (await answer).received;
    },
    stop: () => stop(child),
  };
}
