import { ServerInterceptingCall, type Metadata, type ServerInterceptor } from '@grpc/grpc-js';
import { context, ROOT_CONTEXT, SpanKind, trace, type Context } from '@opentelemetry/api';
import { meshPropagator } from '../propagation/propagator.ts';
import { metadataGetter } from '../propagation/metadata-carrier.ts';
import { RpcMethods, serverAddress, type RpcMethod } from './rpc-method.ts';
import { RpcSpan } from './rpc-span.ts';
import type { RpcSpans } from './rpc-spans.ts';
import { okCode } from './rpc-status.ts';
import { endedFromOutside, sentError, whenClosed, type ServerCallLayer } from './server-outcome.ts';

type InnerCall = ConstructorParameters<typeof ServerInterceptingCall>[0];
type Listener = Parameters<ServerInterceptingCall['start']>[0];
type Status = Parameters<ServerInterceptingCall['sendStatus']>[0];

/** Makes the span of each call of a server that is made by grpc-js itself. */
export function serverSpanInterceptor(spans: RpcSpans): ServerInterceptor {
  const methods = new RpcMethods(spans.options, '/');
  return ({ path, requestStream, responseStream }, inner) =>
    new SpannedServerCall(inner, spans, methods.of(path), requestStream, responseStream);
}

/** One call; also the listener for what its caller sends. */
class SpannedServerCall extends ServerInterceptingCall implements Listener {
  private readonly inner: InnerCall;
  private readonly spans: RpcSpans;
  private readonly method: RpcMethod;
  private readonly requestStream: boolean;
  private readonly responseStream: boolean;
  private listener: Listener | undefined;
  private metadata: Metadata | undefined;
  private asked = false;
  /** The handler's, from when it is called. */
  private serving: Context | undefined;
  private span: RpcSpan | undefined;
  private arrivedAtMs = 0;
  private answered = false;
  private statusGiven = false;
  private cancelled = false;

  constructor(
    inner: InnerCall,
    spans: RpcSpans,
    method: RpcMethod,
    requestStream: boolean,
    responseStream: boolean,
  ) {
    super(inner);
    this.inner = inner;
    this.spans = spans;
    this.method = method;
    this.requestStream = requestStream;
    this.responseStream = responseStream;
  }

  override start(listener: Listener): void {
    this.listener = listener;
    this.inner.start(this);
  }

  onReceiveMetadata(metadata: Metadata): void {
    this.metadata = metadata;
    // Handlers of requests that are streamed are called now, others once they have their request.
    if (this.requestStream) this.begin(metadata);
    this.tell(tellMetadata, metadata);
  }

  onReceiveMessage(message: unknown): void {
    this.asked = true;
    this.tell(tellMessage, message);
  }

  onReceiveHalfClose(): void {
    // After a message that it refused, grpc-js calls the handler with the one before, and never says that
    // the answer was not sent.
    if (this.cancelled && this.serving === undefined) return;
    if (this.serving === undefined && this.asked && this.metadata !== undefined) this.begin(this.metadata);
    this.tell(tellHalfClose, undefined);
  }

  /** Told of every call, after its answer too. */
  onCancel(): void {
    this.cancelled = true;
    this.tell(tellCancel, undefined);
    // An answer that the handler has for it comes first.
    if (this.span?.ended === false) process.nextTick(() => this.endFromOutside());
  }

  override sendMetadata(metadata: Metadata): void {
    this.inner.sendMetadata(metadata);
  }

  override sendMessage(message: unknown, callback: () => void): void {
    if (!this.responseStream) {
      // A handler's first word counts. grpc-js would send both, which its clients cannot read.
      if (this.answered || this.statusGiven) return;
      this.answered = true;
    }
    this.inner.sendMessage(message, callback);
  }

  override sendStatus(status: Status): void {
    if (this.statusGiven || (this.answered && Number(status.code) !== okCode)) return;
    this.statusGiven = true;
    // A stream that is given up is ended as if all had been said, unless it is with a reason.
    const givenUp = this.cancelled && this.responseStream && Number(status.code) === okCode;
    if (!givenUp) this.span?.settle(status.code, status.details);
    this.inner.sendStatus(status);
  }

  override startRead(): void {
    this.inner.startRead();
  }

  private begin(metadata: Metadata): void {
    const parent = meshPropagator.extract(ROOT_CONTEXT, metadata, metadataGetter);
    const address = serverAddress(this.inner.getHost());
    const span = this.spans.start(this.method, SpanKind.SERVER, address, parent);
    this.serving = span === undefined ? parent : trace.setSpan(parent, span);
    if (!(span instanceof RpcSpan)) return;
    this.span = span;
    this.arrivedAtMs = Date.now();
    if (!this.requestStream) return;
    span.doubtOk((tell) => whenClosed(this.layer, this.inner.getDeadline(), this.arrivedAtMs, tell));
  }

  private endFromOutside(): void {
    const { span, layer } = this;
    if (span === undefined || span.ended) return;
    const end = this.answered
      ? sentError(layer)
      : endedFromOutside(layer, this.inner.getDeadline(), this.arrivedAtMs);
    span.settle(end?.code ?? okCode, end?.message ?? '');
  }

  private get layer(): ServerCallLayer {
    return this.inner as ServerCallLayer;
  }

  private tell<T>(tell: (listener: Listener | undefined, what: T) => void, what: T): void {
    const { serving, listener } = this;
    if (serving === undefined || context.active() === serving) tell(listener, what);
    else context.with(serving, tell, undefined, listener, what);
  }
}

function tellMetadata(listener: Listener | undefined, metadata: Metadata): void {
  listener?.onReceiveMetadata(metadata);
}

function tellMessage(listener: Listener | undefined, message: unknown): void {
  listener?.onReceiveMessage(message);
}

function tellHalfClose(listener: Listener | undefined): void {
  listener?.onReceiveHalfClose();
}

function tellCancel(listener: Listener | undefined): void {
  listener?.onCancel();
}
