import * as grpc from '@grpc/grpc-js';
import { clientChannelOptions, keepalive } from '../channel-options.ts';
import { RpcError } from '../rpc-error.ts';
import type { AnyService, ServiceMethods } from '../service-shapes.ts';
import { callBidi } from './bidi.ts';
import type { CallOptions } from './call-options.ts';
import { callClientStream } from './client-stream.ts';
import { PeerCredentials } from '../tls/peer-credentials.ts';
import { peerTrouble } from '../tls/peer-trouble.ts';
import type { TlsSource } from '../tls/tls-source.ts';
import { closedError, type ClientHost, type OutgoingCall } from './outgoing-call.ts';
import { callServerStream } from './server-stream.ts';
import { callUnary } from './unary.ts';

export interface RpcClientOptions {
  /** Run on every call, first one outermost. */
  interceptors?: grpc.Interceptor[];
  /** How the peer is reached over TLS: what is shown to it and who may have signed its certificate. Default: without TLS. */
  tls?: TlsSource;
  /**
   * A peer of whom nothing was heard for this many milliseconds is asked for a sign of life, and given up
   * when none comes within half of that again. Default 10 000.
   */
  keepaliveMs?: number;
  channelOptions?: grpc.ChannelOptions;
  /** Milliseconds for calls that say none. Default: no limit but that of the call being handled. */
  defaultTimeoutMs?: number;
}

export interface ClientControls {
  /** Cancels what is running and closes the connection. */
  close(): void;
  /** Resolves once connected; rejects with UNAVAILABLE after `timeoutMs`. */
  waitForReady(timeoutMs: number): Promise<void>;
}

/** The methods of a service, with the controls of their connection. */
export type RpcClient<S> = ServiceMethods<S> & ClientControls;

/**
 * Makes a client of a service. It connects on the first call, and again whenever the connection was lost.
 * Every failure of a call is an RpcError. A call made while a call is being handled ends with it.
 *
 * @example
 * const engine = createRpcClient(inferenceEngine, '127.0.0.1:50053');
 * for await (const { delta } of engine.Generate({ text: 'Once' }, { timeoutMs: 5_000 })) print(delta?.text);
 */
export function createRpcClient<S extends AnyService>(
  service: S,
  address: string,
  options: RpcClientOptions = {},
): RpcClient<S> {
  const trouble = peerTrouble();
  const client = new grpc.Client(address, new PeerCredentials(address, options.tls, trouble), {
    ...clientChannelOptions,
    ...keepalive(options.keepaliveMs),
    ...options.channelOptions,
    interceptors: options.interceptors ?? [],
  });
  const open = new Set<OutgoingCall>();
  let closed = false;
  const host: ClientHost = {
    client,
    defaultTimeoutMs: options.defaultTimeoutMs,
    get closed() {
      return closed;
    },
    open,
    explain: (error) => trouble.explain(error),
  };
  const controls: ClientControls = {
    close() {
      closed = true;
      for (const call of [...open]) call.cancel(closedError());
      client.close();
    },
    waitForReady(timeoutMs) {
      return new Promise((resolve, reject) => {
        if (closed) reject(closedError());
        client.waitForReady(Date.now() + timeoutMs, (cause) => {
          if (!cause) resolve();
          else if (closed) reject(closedError());
          else
            reject(
              new RpcError('UNAVAILABLE', `${address} could not be reached in ${timeoutMs} ms.`, { cause }),
            );
        });
      });
    },
  };
  const methods: Record<string, unknown> = {};
  for (const [name, method] of Object.entries(service as grpc.ServiceDefinition)) {
    methods[name] = methodOf(host, method);
  }
  return { ...methods, ...controls } as RpcClient<S>;
}

function methodOf(host: ClientHost, method: grpc.MethodDefinition<unknown, unknown>): unknown {
  if (method.requestStream) {
    return method.responseStream
      ? (options?: CallOptions) => callBidi(host, method, options)
      : (options?: CallOptions) => callClientStream(host, method, options);
  }
  return method.responseStream
    ? (request: unknown, options?: CallOptions) => callServerStream(host, method, request, options)
    : (request: unknown, options?: CallOptions) => callUnary(host, method, request, options);
}
