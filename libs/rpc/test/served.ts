import type { gpuCoordinator, inferenceEngine } from '@ryzanstein/contracts';
import {
  createRpcClient,
  createRpcServer,
  RpcError,
  type AddOptions,
  type AnyService,
  type RpcClient,
  type RpcClientOptions,
  type RpcServer,
  type RpcServerOptions,
  type ServiceHandlers,
} from '../src/index.ts';

/** One line that a server logged. */
export interface LogLine {
  level: 'debug' | 'warn' | 'error';
  message: string;
  fields: Record<string, unknown>;
}

export interface Served<S> {
  server: RpcServer;
  address: string;
  client: RpcClient<S>;
  log: LogLine[];
}

interface ServeOptions<S> extends Partial<RpcServerOptions> {
  client?: RpcClientOptions;
  add?: AddOptions<S>;
}

const running: { server: RpcServer; client: { close(): void } }[] = [];

// Every call of every test has its outcome.
afterEach(async () => {
  for (const { server, client } of running.splice(0)) {
    await until(() => server.inFlight === 0);
    client.close();
    await server.drain(0);
  }
});

/** Serves a service on a free port, with a client, both gone after the test. */
export async function serve<S extends AnyService>(
  service: S,
  handlers: ServiceHandlers<S>,
  { client: clientOptions, add, ...serverOptions }: ServeOptions<S> = {},
): Promise<Served<S>> {
  const log: LogLine[] = [];
  const server = createRpcServer({ logger: recordingLogger(log), ...serverOptions });
  server.add(service, handlers, add);
  const address = await server.listen('127.0.0.1:0');
  const client = createRpcClient(service, address, clientOptions);
  running.push({ server, client });
  await client.waitForReady(5_000);
  return { server, address, client, log };
}

export function recordingLogger(log: LogLine[]): RpcServerOptions['logger'] {
  const line =
    (level: LogLine['level']) =>
    (fields: object, message: string): void => {
      log.push({ level, message, fields: { ...fields } });
    };
  return { debug: line('debug'), warn: line('warn'), error: line('error') };
}

type EngineHandlers = ServiceHandlers<typeof inferenceEngine>;
type CoordinatorHandlers = ServiceHandlers<typeof gpuCoordinator>;

const unimplemented = () => Promise.reject(new RpcError('UNIMPLEMENTED', 'Not part of this test.'));

/** An engine of which only the given methods do something. */
export function engine(handlers: Partial<EngineHandlers>): EngineHandlers {
  return {
    async *Generate() {},
    Embed: unimplemented,
    EndLease: unimplemented,
    Tokenize: unimplemented,
    GetModelInfo: unimplemented,
    GetLoad: unimplemented,
    ...handlers,
  };
}

/** A coordinator of which only the given methods do something. */
export function coordinator(handlers: Partial<CoordinatorHandlers>): CoordinatorHandlers {
  return {
    Acquire: unimplemented,
    async *KeepAlive() {},
    Release: unimplemented,
    async *ReportDevices() {},
    ListDevices: unimplemented,
    async *WatchLeases() {},
    ...handlers,
  };
}

/** Waits, polling, until `condition` holds; fails after `timeoutMs`. */
export async function until(condition: () => boolean, timeoutMs = 3_000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadlineMs)
      throw new Error(`not within ${timeoutMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (reason) {
    return reason;
  }
  throw new Error('The promise was not rejected.');
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
