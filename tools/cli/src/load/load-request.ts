import type { Timings, Usage } from '@ryzanstein/contracts/api';
import type { Clock } from '@ryzanstein/runtime';
import { ChatFailure, sendChat, type CallIds, type LlmClient } from '../chat/chat-call.ts';

/** One request of a load. */
export interface LoadRequest {
  readonly prompt: string;
  readonly maxTokens?: number;
  readonly model?: string;
  readonly clientId?: string;
  readonly priority?: number;
  readonly unary: boolean;
  readonly timeoutMs: number;
  /** Cancelled so many milliseconds after it was sent, unless it has ended. */
  readonly cancelAfterMs?: number;
}

/** How a request ended that was not answered: a gRPC code, or one of these. */
export const outcomes = {
  answered: 'OK',
  /** The load cancelled it, as it was to. */
  cancelled: 'CANCELLED_AS_ASKED',
  /** It was under way when the load was ended early. */
  interrupted: 'INTERRUPTED',
  /** Its last message said that generation failed. */
  brokenOff: 'FINISHED_BY_ERROR',
} as const;

/** What came of a request; times in milliseconds of the clock. */
export interface LoadResult extends CallIds {
  readonly outcome: string;
  readonly clientId?: string;
  readonly intendedAtMs: number;
  readonly sentAtMs: number;
  readonly endedAtMs: number;
  /** First and last piece of text, where the answer was streamed. */
  readonly firstAtMs?: number;
  readonly lastAtMs?: number;
  /** Pieces of text that came. */
  readonly pieces: number;
  readonly usage?: Usage;
  readonly timings?: Timings;
}

/** What sending needs. */
export interface SendDeps {
  readonly client: LlmClient;
  readonly clock: Pick<Clock, 'monotonicMs' | 'after'>;
  /** Cancels what is under way. */
  readonly stop: AbortSignal;
  /** Told of each time between two pieces of text of one answer. */
  readonly onGap: (ms: number) => void;
}

/** Sends a request that was to be sent at that time; never rejects. */
export async function sendLoadRequest(
  request: LoadRequest,
  intendedAtMs: number,
  deps: SendDeps,
): Promise<LoadResult> {
  const { client, clock, stop, onGap } = deps;
  const { unary, cancelAfterMs, ...call } = request;
  const sentAtMs = clock.monotonicMs();
  const cancel = new AbortController();
  const onStop = (): void => cancel.abort();
  stop.addEventListener('abort', onStop);
  if (stop.aborted) onStop();
  const timer = cancelAfterMs === undefined ? undefined : clock.after(cancelAfterMs, () => cancel.abort());
  let firstAtMs: number | undefined;
  let lastAtMs: number | undefined;
  let pieces = 0;
  const result = (outcome: string, ids: CallIds, more: Pick<LoadResult, 'usage' | 'timings'> = {}) => ({
    outcome,
    traceId: ids.traceId,
    requestId: ids.requestId,
    ...(request.clientId === undefined ? {} : { clientId: request.clientId }),
    intendedAtMs,
    sentAtMs,
    endedAtMs: clock.monotonicMs(),
    ...(unary || firstAtMs === undefined ? {} : { firstAtMs, lastAtMs: lastAtMs ?? firstAtMs }),
    pieces,
    ...more,
  });
  try {
    const reply = await sendChat(client, {
      ...call,
      unary,
      signal: cancel.signal,
      onText() {
        const nowMs = clock.monotonicMs();
        if (lastAtMs !== undefined) onGap(nowMs - lastAtMs);
        firstAtMs ??= nowMs;
        lastAtMs = nowMs;
        pieces += 1;
      },
    });
    const { usage, timings } = reply;
    return result(reply.finishReason === 'error' ? outcomes.brokenOff : outcomes.answered, reply, {
      ...(usage === undefined ? {} : { usage }),
      ...(timings === undefined ? {} : { timings }),
    });
  } catch (reason) {
    if (!(reason instanceof ChatFailure)) throw reason;
    const { error, ids } = reason;
    const asked = stop.aborted ? outcomes.interrupted : outcomes.cancelled;
    return result(cancel.signal.aborted && error.code === 'CANCELLED' ? asked : error.code, ids);
  } finally {
    timer?.cancel();
    stop.removeEventListener('abort', onStop);
  }
}
