import type { ClientOptions, Interceptor, ServerInterceptor } from '@grpc/grpc-js';
import type { TracerProvider } from '@opentelemetry/api';
import { contextInterceptor, serverCallHook, spanCallHook, type ServerCallHook } from './call-hooks.ts';
import { spanInterceptor, tellSurface } from './client-interceptor.ts';
import { idleGrpc, patchGrpc } from './grpc-patch.ts';
import { RpcSpans, type RpcSpansOptions } from './rpc-spans.ts';
import { rpcTracerProvider } from './rpc-tracer.ts';
import { serverSpanInterceptor } from './server-interceptor.ts';
import type { SpanSourceName } from './span-source-name.ts';

/** What a client is made with: `new grpc.Client(address, credentials, clientOptions)`. */
export type TracedClientOptions = Required<Pick<ClientOptions, 'interceptors'>> &
  Pick<ClientOptions, 'callInvocationTransformer'>;

/**
 * Makes the spans of gRPC calls, one for each side of each call, which ends exactly once whatever happens,
 * and carries trace and request id. All sources leave the same spans.
 */
export interface SpanSource {
  /** MUST be all interceptors of tracing of a client; others may stand before or behind them. */
  readonly clientInterceptors: Interceptor[];
  /** The same for clients of grpc-js itself, whose streams can be destroyed. */
  readonly clientOptions: TracedClientOptions;
  /** For servers of `@ryzanstein/rpc`. */
  readonly serverCallHook: ServerCallHook;
  /** For servers of grpc-js itself. */
  readonly serverInterceptors: ServerInterceptor[];
  /** Calls make no spans from now on; those that run end theirs. */
  idle(): void;
}

/**
 * Starts the source of that name, with spans by `provider`.
 *
 * @throws NotPatchedError when grpc-js did not take the instrumentation.
 */
export function startSpanSource(
  name: SpanSourceName,
  provider: TracerProvider,
  options: RpcSpansOptions,
): SpanSource {
  return name === 'interceptors' ? interceptors(provider, options) : instrumentation(provider, options);
}

/** Carries trace and request id, and makes no spans. */
export const noSpans: SpanSource = {
  clientInterceptors: [contextInterceptor],
  clientOptions: { interceptors: [contextInterceptor] },
  serverCallHook,
  serverInterceptors: [],
  idle: () => {},
};

function instrumentation(provider: TracerProvider, options: RpcSpansOptions): SpanSource {
  patchGrpc(rpcTracerProvider(provider, options));
  return { ...noSpans, idle: () => idleGrpc() };
}

function interceptors(provider: TracerProvider, options: RpcSpansOptions): SpanSource {
  const spans = new RpcSpans(provider.getTracer(scope), options);
  const clientInterceptors = [spanInterceptor(spans)];
  return {
    clientInterceptors,
    clientOptions: { interceptors: clientInterceptors, callInvocationTransformer: tellSurface },
    serverCallHook: spanCallHook(spans),
    serverInterceptors: [serverSpanInterceptor(spans)],
    idle: () => spans.stop(),
  };
}

const scope = '@ryzanstein/tracing/grpc';
