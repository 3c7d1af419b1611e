import { InterceptingCall, type Metadata, type NextCall, type status } from '@grpc/grpc-js';

type MessageContext = Parameters<InterceptingCall['sendMessageWithContext']>[0];
type InnerCall = ReturnType<NextCall>;
export type ResponseListener = NonNullable<Parameters<InterceptingCall['start']>[1]>;

/**
 * A call that an interceptor passes on as it is. grpc-js's own class makes a closure for each message,
 * so that an interceptor may hold it back.
 */
export class ClientCallLayer extends InterceptingCall {
  protected readonly inner: InnerCall;

  constructor(inner: InnerCall) {
    super(inner);
    this.inner = inner;
  }

  override start(metadata: Metadata, listener?: ResponseListener): void {
    this.inner.start(metadata, listener);
  }

  override sendMessageWithContext(context: MessageContext, message: unknown): void {
    this.inner.sendMessageWithContext(context, message);
  }

  override sendMessage(message: unknown): void {
    this.inner.sendMessage(message);
  }

  override startRead(): void {
    this.inner.startRead();
  }

  override halfClose(): void {
    this.inner.halfClose();
  }

  override cancelWithStatus(code: status, details: string): void {
    this.inner.cancelWithStatus(code, details);
  }

  override getPeer(): string {
    return this.inner.getPeer();
  }

  override getAuthContext(): ReturnType<InterceptingCall['getAuthContext']> {
    return this.inner.getAuthContext();
  }
}
