import { ServerInterceptingCall, type Metadata, type ServerInterceptor } from '@grpc/grpc-js';

type NextCall = ConstructorParameters<typeof ServerInterceptingCall>[0];
type Listener = Parameters<ServerInterceptingCall['start']>[0];
type Status = Parameters<ServerInterceptingCall['sendStatus']>[0];

const callsByMetadata = new WeakMap<Metadata, TrailingCall>();

/**
 * Passes a call through and adds its trailers to a status that has none: instrumentation round a handler
 * commonly drops the trailers argument of the callback.
 */
class TrailingCall extends ServerInterceptingCall implements Listener {
  readonly #next: NextCall;
  #listener?: Listener;
  trailers?: Metadata;

  constructor(next: NextCall) {
    super(next);
    this.#next = next;
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
    this.#listener?.onReceiveHalfClose();
  }

  onCancel(): void {
    this.#listener?.onCancel();
  }

  override sendMetadata(metadata: Metadata): void {
    this.#next.sendMetadata(metadata);
  }

  override sendMessage(message: unknown, callback: () => void): void {
    this.#next.sendMessage(message, callback);
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

export const trailingCalls: ServerInterceptor = (_method, call) => new TrailingCall(call);

/** Names the trailers of the call that brought `requestMetadata`; they may still be filled. */
export function setTrailers(requestMetadata: Metadata, trailers: Metadata): void {
  const call = callsByMetadata.get(requestMetadata);
  if (call) call.trailers = trailers;
}
