import type { Interceptor, Metadata } from '@grpc/grpc-js';
import { context, isSpanContextValid, ROOT_CONTEXT, SpanKind, trace, type Context } from '@opentelemetry/api';
import { metadataGetter, metadataSetter } from '../propagation/metadata-carrier.ts';
import { meshPropagator } from '../propagation/propagator.ts';
import { isRequestId, newRequestId, requestIdHeader } from '../propagation/request-id.ts';
import { formatTraceparent } from '../propagation/traceparent.ts';
import { requestOf } from '../request-context.ts';
import { ClientCallLayer, type ResponseListener } from './client-call-layer.ts';
import { callingContext } from './client-guard.ts';
import { RpcMethods, serverAddress } from './rpc-method.ts';
import { RpcSpan } from './rpc-span.ts';
import type { RpcSpans } from './rpc-spans.ts';
import { codeNamed } from './rpc-status.ts';

/**
 * What the hook of a gRPC server is told of a call, and may write to.
 *
 * @example
 * const logEnd = (call: ServerCallInfo) =>
 *   call.onEnd(({ code }) => logger.info({ method: call.method, code }, 'a call has ended'));
 */
export interface ServerCallInfo {
  /** `package.Service/Method`. */
  readonly method: string;
  /** The `:authority` that the caller asked for. */
  readonly host?: string;
  readonly requestMetadata: Metadata;
  /** Sent with the first message or on error. */
  readonly responseHeaders: Metadata;
  /** Sent at the end. */
  readonly trailers: Metadata;
  /** Tells the outcome once, before it is sent. */
  onEnd(listener: (outcome: { readonly code: string; readonly message?: string }) => void): void;
}

/**
 * Called for each call; MUST call `next` exactly once, synchronously. The handler runs inside `next`.
 *
 * @example
 * const hook: ServerCallHook = (call, next) => {
 *   call.responseHeaders.set('x-served-by', 'gpu-0');
 *   telemetry.serverCallHook(call, next);
 * };
 */
export type ServerCallHook = (call: ServerCallInfo, next: () => void) => void;

/**
 * Serves the call within its trace and request id, and tells the caller both: `x-request-id` and
 * `traceresponse` in the response headers, and in the trailers of every error, because a refusal has
 * no headers of its own. Needs no spans to be made.
 *
 * @example
 * // A server that has no telemetry still passes on request ids and traces.
 * const hook: ServerCallHook = (call, next) => serverCallHook(call, next);
 */
export const serverCallHook: ServerCallHook = (call, next) => {
  const active = context.active();
  if (isOf(active, call)) {
    identify(call, active);
    next();
    return;
  }
  const serving = meshPropagator.extract(ROOT_CONTEXT, call.requestMetadata, metadataGetter);
  identify(call, serving);
  context.with(serving, next);
};

/** Like `serverCallHook`, and makes the span of the call. */
export function spanCallHook(spans: RpcSpans): ServerCallHook {
  const methods = new RpcMethods(spans.options, '');
  return (call, next) => {
    if (isOf(context.active(), call)) return serverCallHook(call, next);
    const parent = meshPropagator.extract(ROOT_CONTEXT, call.requestMetadata, metadataGetter);
    const address = call.host === undefined ? undefined : serverAddress(call.host);
    const span = spans.start(methods.of(call.method), SpanKind.SERVER, address, parent);
    const serving = span === undefined ? parent : trace.setSpan(parent, span);
    identify(call, serving);
    if (span instanceof RpcSpan) {
      call.onEnd(({ code, message }) => span.settle(codeNamed(code), message ?? ''));
    }
    context.with(serving, next);
  };
}

function identify(call: ServerCallInfo, serving: Context): void {
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
}

/** Whether this very call's metadata have already been read into the context. */
function isOf(active: Context, call: ServerCallInfo): boolean {
  if (requestOf(active)?.carrier === call.requestMetadata) return true;
  const span = trace.getSpan(active);
  return span instanceof RpcSpan && span.method.name === call.method;
}

/**
 * Sends request id and trace with calls that the instrumentation did not see, and with all when there is none.
 *
 * @example
 * import { Client, credentials } from '@grpc/grpc-js';
 *
 * const interceptors = [contextInterceptor];
 * const client = new Client('localhost:50051', credentials.createInsecure(), { interceptors });
 */
export const contextInterceptor: Interceptor = (options, nextCall) => new ContextCall(nextCall(options));

class ContextCall extends ClientCallLayer {
  override start(given: Metadata, listener?: ResponseListener): void {
    this.inner.start(continued(given), listener);
  }
}

function continued(given: Metadata): Metadata {
  const traced = given.get('traceparent').length > 0;
  if (traced && isRequestId(given.get(requestIdHeader)[0])) return given;
  const calling = callingContext(context.active(), given);
  // The caller may use them for another call.
  const metadata = given.clone();
  if (traced) metadata.set(requestIdHeader, requestOf(calling)?.requestId ?? newRequestId());
  else meshPropagator.inject(calling, metadata, metadataSetter);
  return metadata;
}
