import * as grpc from '@grpc/grpc-js';
import type { PackageDefinition } from '@grpc/proto-loader';
import { keepalive, maxReceiveBytesDefault, serverChannelOptions } from '../channel-options.ts';
import { RpcError } from '../rpc-error.ts';
import type { AnyService, ServiceHandlers } from '../service-shapes.ts';
import { logHandshakes, type HandshakingServer } from '../tls/handshake-log.ts';
import { serverCredentials } from '../tls/server-credentials.ts';
import type { TlsSource } from '../tls/tls-source.ts';
import { addAuxiliaryServices } from './auxiliary-services.ts';
import { bidiHandler } from './bidi.ts';
import { admittingCalls } from './admitting-call.ts';
import type { Authenticate, RpcLogger, ServerCallHook } from './call-context.ts';
import { clientStreamHandler } from './client-stream.ts';
import { methodCodec, rawMethod } from './codec.ts';
import { OpenCalls } from './open-calls.ts';
import type { CallHost, IncomingMethod } from './incoming-call.ts';
import { serverStreamHandler } from './server-stream.ts';
import { trailingCalls } from './trailing-call.ts';
import { unaryHandler } from './unary.ts';

export interface RpcServerOptions {
  logger: RpcLogger;
  onCall?: ServerCallHook;
  /** Asked who makes each call, but those of health and reflection. Default: anyone may call. */
  authenticate?: Authenticate;
  /** Milliseconds for callers that set no deadline. Default: none. */
  defaultDeadlineMs?: number;
  /** Most milliseconds that any call may take. Default: no bound. */
  maxDeadlineMs?: number;
  /** Largest request message; larger ones are answered RESOURCE_EXHAUSTED. Default 4 MiB. */
  maxMessageBytes?: number;
  /** Largest message read at all; beyond it grpc-js ends the call before any handler. Default 8 MiB. */
  maxReceiveBytes?: number;
  /** What server reflection shows; absent: no reflection. */
  reflection?: PackageDefinition;
  /** What is shown to clients and, with authorities, who must have signed theirs. Default: without TLS. */
  tls?: TlsSource;
  /**
   * A peer of whom nothing was heard for this many milliseconds is asked for a sign of life, and given up
   * when none comes within half of that again. Default 10 000.
   */
  keepaliveMs?: number;
  /**
   * Its callers are the mesh's own, and may cancel as many calls as they like. Others are allowed 1,000 at
   * once and 33 a second; beyond it Node.js closes their connection, with all that runs on it. Default: false.
   */
  trustedCallers?: boolean;
  channelOptions?: grpc.ChannelOptions;
}

export interface AddOptions<S> {
  /**
   * Methods whose calls last as long as the caller does: they have no default or maximum deadline, and a
   * drain ends them at its start instead of waiting for them.
   */
  longLived?: readonly (keyof ServiceHandlers<S>)[];
}

export interface RpcServer {
  /** Serves a service. Its health is NOT_SERVING until set. Throws where a method has no handler. */
  add<S extends AnyService>(service: S, handlers: ServiceHandlers<S>, options?: AddOptions<S>): RpcServer;
  /** Listens on host:port (port 0: any free one), sets `''` SERVING and resolves to the actual host:port. */
  listen(address: string): Promise<string>;
  /** Health of a service by its full name, or of the whole server (`''`). No effect once drained. */
  setServing(service: string, serving: boolean): void;
  /** Calls that have no outcome yet; health and reflection are not counted. */
  readonly inFlight: number;
  /**
   * Stops: everything NOT_SERVING, new calls and long-lived ones UNAVAILABLE, running ones given `graceMs`
   * to end. What is left then, or when `force` aborts, fails with UNAVAILABLE, its signal aborted.
   */
  drain(graceMs: number, force?: AbortSignal): Promise<'drained' | 'forced'>;
  /** Stops at once. */
  close(): Promise<void>;
}

// How long answers already given may take to reach the network before connections are cut.
const flushMs = 1_000;

/**
 * Makes a gRPC server with health and reflection.
 *
 * @example
 * const server = createRpcServer({ logger }).add(inferenceEngine, handlers);
 * const address = await server.listen('127.0.0.1:0');
 */
export function createRpcServer(options: RpcServerOptions): RpcServer {
  const { maxMessageBytes = 4 * 1024 * 1024, maxReceiveBytes = maxReceiveBytesDefault } = options;
  const asked = new Set<string>();
  const server = new grpc.Server({
    ...serverChannelOptions,
    ...keepalive(options.keepaliveMs),
    'grpc.max_receive_message_length': maxReceiveBytes,
    ...options.channelOptions,
    interceptors: [
      trailingCalls,
      ...(options.authenticate === undefined ? [] : [admittingCalls(options.authenticate, asked)]),
    ],
  });
  if (options.trustedCallers === true) allowResets(server);
  logGrpc(options.logger);
  const auxiliary = addAuxiliaryServices(server, options.reflection);
  const calls = new OpenCalls();
  let refusal: RpcError | undefined;
  let stopping: Promise<'drained' | 'forced'> | undefined;
  const forced = new AbortController();

  const host: CallHost = {
    logger: options.logger,
    onCall: options.onCall,
    defaultDeadlineMs: options.defaultDeadlineMs,
    maxDeadlineMs: options.maxDeadlineMs,
    maxMessageBytes,
    get refusal() {
      return refusal;
    },
    opened: (call) => calls.add(call),
    closed: (call) => calls.delete(call),
  };

  async function stop(graceMs: number): Promise<'drained' | 'forced'> {
    const shuttingDown = new RpcError('UNAVAILABLE', 'The server is shutting down.');
    refusal = shuttingDown;
    auxiliary.stopServing();
    calls.giveUp(shuttingDown, (call) => call.longLived);
    // Connections stay open until their calls are done: a graceful GOAWAY now would let the next
    // keepalive ping of a grpc-js client kill them (grpc-node#3068), and health could not be asked.
    const outcome = (await calls.empty(graceMs, forced.signal)) ? 'drained' : 'forced';
    calls.giveUp(shuttingDown, () => true);
    auxiliary.endStreams();
    await shutDown(server);
    return outcome;
  }

  function drain(graceMs: number, force?: AbortSignal): Promise<'drained' | 'forced'> {
    if (force?.aborted) forced.abort();
    force?.addEventListener('abort', () => forced.abort(), { once: true, signal: forced.signal });
    stopping ??= stop(graceMs);
    return stopping;
  }

  const self: RpcServer = {
    add(service, handlers, addOptions) {
      const longLived = new Set<PropertyKey>(addOptions?.longLived);
      const definition: Record<string, grpc.MethodDefinition<Buffer, Buffer>> = {};
      const implementation: grpc.UntypedServiceImplementation = {};
      for (const [name, method] of Object.entries(service as grpc.ServiceDefinition)) {
        const incoming = { name: method.path.slice(1), longLived: longLived.has(name) };
        definition[name] = rawMethod(method);
        asked.add(method.path);
        implementation[name] = handlerFor(host, incoming, method, handlers, name);
        auxiliary.setServing(incoming.name.slice(0, incoming.name.lastIndexOf('/')), false);
      }
      server.addService(definition, implementation);
      return self;
    },
    async listen(address) {
      auxiliary.reflect();
      const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync(address, serverCredentials(options.tls), (error, bound) => {
          if (error) reject(new Error(`Cannot listen on ${address}: ${error.message}`, { cause: error }));
          else resolve(bound);
        });
      });
      for (const listener of listenersOf(server)) logHandshakes(listener, { logger: options.logger });
      auxiliary.setServing('', true);
      return `${address.slice(0, address.lastIndexOf(':'))}:${port}`;
    },
    setServing: (service, serving) => auxiliary.setServing(service, serving),
    get inFlight() {
      return calls.size;
    },
    drain,
    async close() {
      forced.abort();
      await drain(0);
    },
  };
  return self;
}

type Shape = (
  host: CallHost,
  method: IncomingMethod,
  codec: ReturnType<typeof methodCodec>,
  handler: never,
) => unknown;

function handlerFor(
  host: CallHost,
  method: IncomingMethod,
  definition: grpc.MethodDefinition<unknown, unknown>,
  handlers: Record<string, unknown>,
  name: string,
): grpc.UntypedHandleCall {
  const handler = handlers[name];
  if (typeof handler !== 'function') throw new Error(`${method.name} has no handler.`);
  const shape: Shape = definition.requestStream
    ? definition.responseStream
      ? bidiHandler
      : clientStreamHandler
    : definition.responseStream
      ? serverStreamHandler
      : unaryHandler;
  const codec = methodCodec(definition, host.maxMessageBytes);
  return shape(host, method, codec, handler.bind(handlers) as never) as grpc.UntypedHandleCall;
}

// grpc-js has one logger per process and writes to the console by default.
function logGrpc(logger: RpcLogger): void {
  const text = (message: unknown[]): string => withoutValue(message.join(' '));
  grpc.setLogger({
    error: (...message: unknown[]) => logger.warn({ source: 'grpc-js' }, text(message)),
    info: (...message: unknown[]) => logger.debug({ source: 'grpc-js' }, text(message)),
    debug: (...message: unknown[]) => logger.debug({ source: 'grpc-js' }, text(message)),
  });
}

// An api-server cancels for all of its callers over one connection. grpc-js hands no such option on.
const unlimitedResets = { streamResetBurst: 1_000_000, streamResetRate: 1_000_000 };

function allowResets(server: grpc.Server): void {
  const { commonServerOptions } = server as unknown as { commonServerOptions?: object };
  if (commonServerOptions !== undefined) Object.assign(commonServerOptions, unlimitedResets);
}

// grpc-js keeps its HTTP/2 servers to itself, and they alone know why a handshake failed.
function listenersOf(server: grpc.Server): Iterable<HandshakingServer> {
  const { http2Servers } = server as unknown as { http2Servers?: Map<HandshakingServer, unknown> };
  return http2Servers?.keys() ?? [];
}

// Metadata that cannot be read is quoted whole, and may be a key to something or private.
function withoutValue(message: string): string {
  const unreadable = /^Failed to add metadata entry ([^:]{1,64}): /.exec(message);
  if (unreadable === null) return message;
  return `The metadata entry ${unreadable[1]} of a caller holds characters that metadata may not have, and is left out.`;
}

async function shutDown(server: grpc.Server): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    new Promise<void>((resolve) => server.tryShutdown(() => resolve())),
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, flushMs);
    }),
  ]);
  clearTimeout(timer);
  server.forceShutdown();
}
