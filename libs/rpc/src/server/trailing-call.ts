import { ServerInterceptingCall, type Metadata, type ServerInterceptor } from '@grpc/grpc-js';

type NextCall = ConstructorParameters<typeof ServerInterceptingCall>[0];
type Listener = Parameters<ServerInterceptingCall['start']>[0];
type Status = Parameters<ServerInterceptingCall['sendStatus']>[0];

const callsByMetadata = new WeakMap<Metadata, TrailingCall>();

/**
 * Passes a call through and adds its trailers to a status that has none: instrumentation round a handler
 * commonly drops the trailers argument of the callback.
 *
 * Keeps a request from its handler whose call was over before it was whole: grpc-js refuses a message
 * that is too large, and goes on to call the handler with the one before it. Such a call is never
 * cancelled, so that its handler would serve nobody, and a stream would never end.
 *
 * Keeps messages from a call that grpc-js has ended itself, at its deadline or for what was sent to it,
 * while others of the same call still waited to be sent: Node takes one written behind the end for a
 * failure, after which neither the status nor anything else goes out, and the caller waits for ever.
 */
class TrailingCall extends ServerInterceptingCall implements Listener {
  readonly #next: NextCall;
  /** Whether the handler is called once all of the request is there. */
  readonly #awaitsRequest: boolean;
  #listener?: Listener;
  #over = false;
  trailers?: Metadata;

  constructor(next: NextCall, awaitsRequest: boolean) {
    super(next);
    this.#next = next;
    this.#awaitsRequest = awaitsRequest;
  }

  override start(listener: Listener): void {
    this.#listener = listener;
    this.#next.start(this);
  }

  onReceiveMetadata(metadata: Metadata): void {
    callsByMetadata.set(metadata, this);
    this.#listener?.onReceiveMetadata(metadata);
  }

  onReceiveMessage(message: unknown): void {
    this.#listener?.onReceiveMessage(message);
  }

  onReceiveHalfClose(): void {
    if (this.#over && this.#awaitsRequest) return;
    this.#listener?.onReceiveHalfClose();
  }

  onCancel(): void {
    this.#over = true;
    this.#listener?.onCancel();
  }

  override sendMetadata(metadata: Metadata): void {
    this.#next.sendMetadata(metadata);
  }

  // Whoever sends is told of the end by `onCancel`, and asked for no more until then.
  override sendMessage(message: unknown, callback: () => void): void {
    if (!endedByGrpc(this.#next)) this.#next.sendMessage(message, callback);
  }

  override sendStatus(status: Status): void {
    this.#next.sendStatus(
      status.metadata || !this.trailers ? status : { ...status, metadata: this.trailers },
    );
  }

  override startRead(): void {
    this.#next.startRead();
  }
}

// grpc-js does not tell before the status is out.
function endedByGrpc(call: NextCall): boolean {
  return (call as { readonly wantTrailers?: boolean }).wantTrailers === true;
}

/** Stands next to grpc-js's own call, ahead of other interceptors. */
export const trailingCalls: ServerInterceptor = ({ requestStream }, call) =>
  new TrailingCall(call, !requestStream);

/** Names the trailers of the call that brought `requestMetadata`; they may still be filled. */
export function setTrailers(requestMetadata: Metadata, trailers: Metadata): void {
  const call = callsByMetadata.get(requestMetadata);
  if (call) call.trailers = trailers;
}
