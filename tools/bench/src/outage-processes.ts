import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { SubjectOrder, SubjectState } from './outage-subject.ts';

/** A process that answers each message with one. */
export class Answering<Question, Answer> {
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.child = child;
  }

  /** Starts the program; resolves with the process and the first that it says. */
  static async start<Question, Answer, First = Answer>(
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<readonly [process: Answering<Question, Answer>, first: First]> {
    const path = fileURLToPath(new URL(program, import.meta.url));
    const child = fork(path, args, {
      env: { ...process.env, ...env },
      // The library as it stands in its sources: nothing needs to be built.
      execArgv: ['--conditions=@ryzanstein/source'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    return [new Answering<Question, Answer>(child), await said<First>(child)];
  }

  async ask(question: Question): Promise<Answer> {
    const answer = said<Answer>(this.child);
    this.child.send(question as object);
    return answer;
  }

  /** At once, as a crash. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}

async function said<T>(child: ChildProcess): Promise<T> {
  const answer = await Promise.race([
    once(child, 'message').then(([message]) => message as T),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the process ended with ${String(code)}`))),
  ]);
  return answer;
}

export interface CollectorState {
  readonly spans: number;
  readonly firstEpochMs: number;
}

/** A collector on the port, or a free one. */
export function startCollector(port = 0, mood: 'answer' | 'hang' = 'answer') {
  return Answering.start<object, CollectorState, { port: number; listeningEpochMs: number }>(
    './outage-collector.ts',
    [String(port), mood],
  );
}

/** A traced service that sends its spans to the port. */
export function startSubject(collectorPort: number) {
  return Answering.start<SubjectOrder, SubjectState>('./outage-subject.ts', [], {
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collectorPort}`,
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_TRACES_SAMPLER: 'always_on',
  });
}

/** Takes connections, and reads nothing. */
export async function startBlackHole(): Promise<{ readonly port: number; close(): void }> {
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  const hole = await startBlackHole();
  hole.close();
  return hole.port;
}
