import type { ChatRequestInit } from '@ryzanstein/contracts/api';
import { RpcError, type CallOptions } from '@ryzanstein/rpc';
import { caller, type Caller, type MeshUnderTest } from './mesh-under-test.ts';

/** How a request ended, as its caller saw it. */
export interface Ended {
  readonly code: string;
  /** Empty where it ended well. */
  readonly message: string;
  readonly text: string;
  readonly retryAfterMs: number | undefined;
}

/** A streamed chat that is read as the test says. */
export interface OnItsWay {
  readonly from: Caller;
  /** Resolves when the caller has text, or when the request has ended. */
  readonly first: Promise<void>;
  readonly ended: Promise<Ended>;
  /** Pieces of text that the caller has read. */
  readonly pieces: number;
  /** Reads no more than was asked for already. */
  stopReading(): void;
  goOnReading(): void;
  /** Cancels the call. */
  leave(): void;
}

/** Sends a chat; it is read until `stopReading`. */
export function begin(
  client: Pick<MeshUnderTest['client'], 'ChatStream'>,
  request: ChatRequestInit,
  { metadata, ...options }: CallOptions & { readonly metadata?: Record<string, string> } = {},
): OnItsWay {
  const from = caller();
  const stream = client.ChatStream(request, {
    ...options,
    metadata: { ...metadata, traceparent: from.traceparent },
  });
  const first = Promise.withResolvers<void>();
  let mayRead = Promise.withResolvers<void>();
  mayRead.resolve();
  let text = '';
  let pieces = 0;

  const read = async (): Promise<Ended> => {
    try {
      for (;;) {
        await mayRead.promise;
        const { done, value } = await stream.next();
        if (done === true) return { code: 'OK', message: '', text, retryAfterMs: undefined };
        const piece = value.delta?.content ?? '';
        if (piece === '') continue;
        text += piece;
        pieces += 1;
        first.resolve();
      }
    } catch (reason) {
      const { code, message, retryAfterMs } = RpcError.from(reason);
      return { code, message, text, retryAfterMs };
    } finally {
      first.resolve();
    }
  };

  return {
    from,
    first: first.promise,
    ended: read(),
    get pieces() {
      return pieces;
    },
    stopReading() {
      mayRead = Promise.withResolvers<void>();
    },
    goOnReading() {
      mayRead.resolve();
    },
    leave() {
      stream.cancel();
      mayRead.resolve();
    },
  };
}
