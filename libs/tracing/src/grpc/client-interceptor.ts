import type { EventEmitter } from 'node:events';
import type {
  ChannelInterface,
  ClientOptions,
  Interceptor,
  InterceptorOptions,
  Metadata,
  StatusObject,
} from '@grpc/grpc-js';
import { context, SpanKind, trace, type Context } from '@opentelemetry/api';
import { meshPropagator } from '../propagation/propagator.ts';
import { metadataSetter } from '../propagation/metadata-carrier.ts';
import { ClientCallLayer, type ResponseListener } from './client-call-layer.ts';
import { callingContext, endWithStream } from './client-guard.ts';
import { channelAddress, RpcMethods, type RpcMethod, type ServerAddress } from './rpc-method.ts';
import { RpcSpan } from './rpc-span.ts';
import type { RpcSpans } from './rpc-spans.ts';
import { notStarted, okCode, unimplementedCode } from './rpc-status.ts';

/** Makes the span of each call of a client, and sends trace and request id with it. */
export function spanInterceptor(spans: RpcSpans): Interceptor {
  const methods = new RpcMethods(spans.options, '/');
  return (options, nextCall) => {
    const definition: ToldDefinition = options.method_definition;
    const { path, responseStream, [surfaceKey]: surface } = definition;
    const method = methods.of(path);
    let inner: ReturnType<typeof nextCall>;
    try {
      inner = nextCall(options);
    } catch (error) {
      refused(spans, method, surface);
      throw error;
    }
    const address = surface === undefined ? addressBelow(inner) : channelAddress(surface.channel);
    return new SpannedCall(inner, spans, method, responseStream, address, surface?.emitter);
  };
}

/**
 * What a client is made with beside the interceptor, so that its spans also end where a stream is
 * destroyed, which grpc-js does not tell interceptors.
 */
export const tellSurface: NonNullable<ClientOptions['callInvocationTransformer']> = (properties) => {
  const { metadata, channel, call: emitter } = properties;
  // grpc-js makes the object for this one call, and hands it on to the interceptors.
  const definition: ToldDefinition = properties.methodDefinition;
  definition[surfaceKey] = { channel, emitter, metadata };
  return properties;
};

const surfaceKey = Symbol('surface of a call');

interface Surface {
  readonly channel: ChannelInterface;
  readonly emitter: EventEmitter;
  readonly metadata: Metadata;
}

type ToldDefinition = InterceptorOptions['method_definition'] & { [surfaceKey]?: Surface };

/** The layers under a call of a client; the last has the channel. grpc-js keeps them private. */
interface CallLayer {
  readonly nextCall?: CallLayer;
  readonly call?: { readonly channel?: Partial<ChannelInterface> };
}

function addressBelow(inner: object): ServerAddress | undefined {
  let layer: CallLayer | undefined = inner;
  while (layer !== undefined && layer.call === undefined) layer = layer.nextCall;
  const channel = layer?.call?.channel;
  return typeof channel?.getTarget === 'function' ? channelAddress(channel as ChannelInterface) : undefined;
}

function refused(spans: RpcSpans, method: RpcMethod, surface: Surface | undefined): void {
  const calling = callingContext(context.active(), surface?.metadata);
  const address = surface === undefined ? undefined : channelAddress(surface.channel);
  const span = spans.start(method, SpanKind.CLIENT, address, calling);
  if (span instanceof RpcSpan) span.settle(notStarted.code, notStarted.message);
}

/** One call; also the listener for what its server answers. */
class SpannedCall extends ClientCallLayer {
  private readonly spans: RpcSpans;
  private readonly method: RpcMethod;
  private readonly responseStream: boolean;
  private readonly address: ServerAddress | undefined;
  private readonly emitter: EventEmitter | undefined;
  private span: RpcSpan | undefined;
  private listener: ResponseListener | undefined;
  /** Where the caller hears of the call: for a stream within its span, as long as that is open. */
  private hearing: Context | undefined;
  private answered = false;

  constructor(
    inner: ConstructorParameters<typeof ClientCallLayer>[0],
    spans: RpcSpans,
    method: RpcMethod,
    responseStream: boolean,
    address: ServerAddress | undefined,
    emitter: EventEmitter | undefined,
  ) {
    super(inner);
    this.spans = spans;
    this.method = method;
    this.responseStream = responseStream;
    this.address = address;
    this.emitter = emitter;
  }

  override start(given: Metadata, listener?: ResponseListener): void {
    const calling = callingContext(context.active(), given);
    const span = this.spans.start(this.method, SpanKind.CLIENT, this.address, calling);
    const sending = span === undefined ? calling : trace.setSpan(calling, span);
    this.listener = listener;
    this.hearing = this.responseStream ? sending : calling;
    // The caller may use them for another call.
    const metadata = given.clone();
    meshPropagator.inject(sending, metadata, metadataSetter);
    if (!(span instanceof RpcSpan)) return this.inner.start(metadata, this);
    this.span = span;
    if (this.responseStream && this.emitter !== undefined) endWithStream(span, this.emitter);
    try {
      this.inner.start(metadata, this);
    } catch (error) {
      span.settle(notStarted.code, notStarted.message);
      throw error;
    }
  }

  onReceiveMetadata(metadata: Metadata): void {
    if (this.responseStream) this.hear(tellMetadata, metadata);
    else tellMetadata(this.listener, metadata);
  }

  onReceiveMessage(message: unknown): void {
    if (this.responseStream) return this.hear(tellMessage, message);
    // Without an answer grpc-js tells of null. It calls back once there is a status, too.
    if (message !== null) this.answered = true;
    tellMessage(this.listener, message);
  }

  onReceiveStatus(status: StatusObject): void {
    const { code, details } = status;
    // What grpc-js makes of an OK that brings no answer.
    if (Number(code) === okCode && !this.responseStream && !this.answered)
      this.span?.settle(unimplementedCode, 'No message received');
    else this.span?.settle(code, details);
    this.hear(tellStatus, status);
  }

  // grpc-js calls in the context of whichever call opened the connection.
  private hear<T>(tell: (listener: ResponseListener | undefined, what: T) => void, what: T): void {
    const { hearing, listener } = this;
    if (hearing === undefined || context.active() === hearing) tell(listener, what);
    else context.with(hearing, tell, undefined, listener, what);
  }
}

function tellMetadata(listener: ResponseListener | undefined, metadata: Metadata): void {
  listener?.onReceiveMetadata?.(metadata);
}

function tellMessage(listener: ResponseListener | undefined, message: unknown): void {
  listener?.onReceiveMessage?.(message);
}

function tellStatus(listener: ResponseListener | undefined, status: StatusObject): void {
  listener?.onReceiveStatus?.(status);
}
