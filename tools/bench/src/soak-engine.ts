import type { ProcessMessage } from '@ryzanstein/runtime';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { within } from './within.ts';

/** A second engine beside that of the mesh; it may be killed and started again. */
export interface SoakEngine {
  readonly pid: number | undefined;
  /** Where it listens. */
  readonly address: string;
  /** At once, as a crash; resolves when it has ended. */
  kill(): Promise<void>;
  /** Asks it to end, and waits. */
  stop(): Promise<void>;
}

const program = fileURLToPath(new URL('../../../apps/inference-engine/dist/main.js', import.meta.url));
const startsWithinMs = 60_000;
const endsWithinMs = 15_000;

/** Starts an engine that registers with the coordinator; resolves when it is ready. */
export async function startSoakEngine(env: Readonly<Record<string, string>>): Promise<SoakEngine> {
  const clean = Object.entries(process.env).filter(([name]) => !/^(?:RYZ|OTEL)_/.test(name));
  const child = fork(program, [], {
    env: { ...Object.fromEntries(clean), ...env, RYZ_GRPC_ADDRESS: '127.0.0.1:0', RYZ_UNDER_LAUNCHER: '1' },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    try {
      await within(endsWithinMs, `the end of the second engine after ${signal}`, exited);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  };
  let address: string;
  try {
    address = (await within(startsWithinMs, 'the start of the second engine', ready(child))).grpc ?? '';
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return {
    pid: child.pid,
    address,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  };
}

async function ready(child: ChildProcess): Promise<Readonly<Record<string, string>>> {
  const { promise, resolve, reject } = Promise.withResolvers<Readonly<Record<string, string>>>();
  child.on('message', (message: ProcessMessage) => {
    if (message.type === 'ready') resolve(message.addresses);
    if (message.type === 'failed') reject(new Error(message.problems.join('; ')));
  });
  child.once('exit', (code) => reject(new Error(`the second engine ended with ${String(code)}`)));
  return promise;
}
