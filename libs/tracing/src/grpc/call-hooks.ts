import type { Metadata } from '@grpc/grpc-js';
import { InterceptingCall, type Interceptor } from '@grpc/grpc-js';
import { context, isSpanContextValid, ROOT_CONTEXT, trace, type Context } from '@opentelemetry/api';
import { metadataGetter, metadataSetter } from '../propagation/metadata-carrier.ts';
import { meshPropagator } from '../propagation/propagator.ts';
import { requestOf, withRequest } from '../request-context.ts';
import { isRequestId, newRequestId, requestIdHeader } from '../propagation/request-id.ts';
import { RpcSpan } from './rpc-span.ts';
import { formatTraceparent } from '../propagation/traceparent.ts';

/** What the hook of a gRPC server is told of a call, and may write to. */
export interface ServerCallInfo {
  /** `package.Service/Method`. */
  readonly method: string;
  readonly requestMetadata: Metadata;
  /** Sent with the first message or on error. */
  readonly responseHeaders: Metadata;
  /** Sent at the end. */
  readonly trailers: Metadata;
  /** Tells the outcome once, before it is sent. */
  onEnd(listener: (outcome: { readonly code: string }) => void): void;
}

/** Called for each call; MUST call `next` exactly once, synchronously. The handler runs inside `next`. */
export type ServerCallHook = (call: ServerCallInfo, next: () => void) => void;

/**
 * Serves the call within its trace and request id, and tells the caller both: `x-request-id` and
 * `traceresponse` in the response headers, and in the trailers of every error, because a refusal has
 * no headers of its own. Needs no spans to be made.
 */
export const serverCallHook: ServerCallHook = (call, next) => {
  const active = context.active();
  const serving = isOf(active, call)
    ? active
    : meshPropagator.extract(ROOT_CONTEXT, call.requestMetadata, metadataGetter);
  const requestId = requestOf(serving)?.requestId ?? newRequestId();
  call.responseHeaders.set(requestIdHeader, requestId);
  const span = trace.getSpanContext(serving);
  const traceresponse = span !== undefined && isSpanContextValid(span) ? formatTraceparent(span) : undefined;
  if (traceresponse !== undefined) call.responseHeaders.set('traceresponse', traceresponse);
  call.onEnd(({ code }) => {
    if (code === 'OK') return;
    call.trailers.set(requestIdHeader, requestId);
    if (traceresponse !== undefined) call.trailers.set('traceresponse', traceresponse);
  });
  if (serving === active) next();
  else context.with(serving, next);
};

/** Whether the instrumentation has already read this very call's metadata into the context. */
function isOf(active: Context, call: ServerCallInfo): boolean {
  if (requestOf(active)?.carrier === call.requestMetadata) return true;
  const span = trace.getSpan(active);
  return span instanceof RpcSpan && span.method.name === call.method;
}

/** Sends request id and trace with calls that the instrumentation did not see, and with all when there is none. */
export const contextInterceptor: Interceptor = (options, nextCall) =>
  new InterceptingCall(nextCall(options), {
    start(metadata, listener, next) {
      const given = metadata.get(requestIdHeader)[0];
      const active = context.active();
      if (metadata.get('traceparent').length === 0) {
        const requestId = isRequestId(given) ? given : (requestOf(active)?.requestId ?? newRequestId());
        const scope =
          requestOf(active)?.requestId === requestId ? active : withRequest(active, { requestId });
        meshPropagator.inject(scope, metadata, metadataSetter);
      } else if (!isRequestId(given)) {
        metadata.set(requestIdHeader, requestOf(active)?.requestId ?? newRequestId());
      }
      next(metadata, listener);
    },
  });
