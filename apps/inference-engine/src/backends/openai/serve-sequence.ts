import type { Clock } from '@ryzanstein/runtime';
import { fieldsOf, readPiece } from './answer-piece.ts';
import { answeredFailure, brokenStream, CallFailure } from './call-failure.ts';
import { eventData, NoEventStream } from './event-lines.ts';
import type { RemoteApi } from './remote-api.ts';
import type { RemoteSequence } from './remote-sequence.ts';
import { requestOf, textsOf, type Habits } from './request-body.ts';
import type { Dialect } from './dialect.ts';
import { pause, pauseAfter } from './retry-pause.ts';

/** Who runs sequences, and how it is spoken to. */
export interface ServeOptions {
  readonly api: RemoteApi;
  readonly model: string;
  readonly dialect: Dialect;
  /** Found out on the way, and kept. */
  readonly habits: Habits;
  readonly clock: Clock;
  readonly random: () => number;
  /** Told of each call that failed. */
  readonly onFailure: (failure: CallFailure) => void;
}

// A server that has said all there is closes its answer at once.
const lingerMs = 1_000;

/** Has the server run a sequence, to its end. Asks again while nothing of its text has come. */
export async function serveSequence(sequence: RemoteSequence, options: ServeOptions): Promise<void> {
  const { clock, random, onFailure } = options;
  while (!sequence.ended) {
    const sent = { ...options.habits };
    try {
      sequence.attempts++;
      await attempt(sequence, options);
    } catch (reason) {
      if (sequence.ended) return;
      if (!(reason instanceof CallFailure)) return sequence.fail(reason);
      if (reason.status !== undefined) sequence.status = reason.status;
      if (adapt(options.habits, sent, reason)) {
        sequence.attempts--;
        continue;
      }
      onFailure(reason);
      const { mayPass, error } = reason;
      const pauseMs =
        mayPass && !sequence.hasBegun
          ? pauseAfter(sequence.attempts, error.retryAfterMs, random())
          : undefined;
      if (pauseMs === undefined) return sequence.fail(error);
      await pause(pauseMs, sequence.signal, clock);
    }
  }
}

async function attempt(sequence: RemoteSequence, options: ServeOptions): Promise<void> {
  const { api, clock } = options;
  const { signal, plan, prompt } = sequence;
  const { path, body } = requestOf(prompt, plan, options);
  const texts = textsOf(prompt);
  const headers = plan.onCall?.(sequence.enqueuedAtMs) ?? {};
  const lingering = new AbortController();
  const response = await api.post(path, body, {
    headers,
    texts,
    signal: AbortSignal.any([signal, lingering.signal]),
  });
  sequence.status = response.status;
  const type = response.headers.get('content-type') ?? '';
  if (response.body === null || !/^(?:text\/event-stream|application\/json)\b/.test(type)) {
    await response.body?.cancel();
    throw brokenStream('answers with something else than a stream of events');
  }
  const events = type.startsWith('application/json') ? whole(response) : eventData(response.body);
  let linger: { cancel(): void } | undefined;
  try {
    for await (const data of events) {
      // The answer is read to its end, so that its connection serves the next call.
      if (sequence.ended) continue;
      if (data === '[DONE]') {
        // A server that interrupts a text may say that the stream is over, and never how the text ended.
        if (!sequence.isComplete) break;
        sequence.finish();
        linger = clock.after(lingerMs, () => lingering.abort());
        continue;
      }
      take(sequence, data, texts);
      await sequence.caughtUp();
    }
  } catch (reason) {
    if (sequence.ended) return;
    if (reason instanceof CallFailure) throw reason;
    throw brokenStream(
      reason instanceof NoEventStream ? 'sends what is no stream of events' : 'broke its answer off',
      reason,
    );
  } finally {
    linger?.cancel();
  }
  if (sequence.ended) return;
  if (!sequence.isComplete) throw brokenStream('ended its answer before the text was complete');
  sequence.finish();
}

function take(sequence: RemoteSequence, data: string, texts: readonly string[]): void {
  let event: unknown;
  try {
    event = JSON.parse(data);
  } catch (reason) {
    throw brokenStream('sends an event that is no JSON', reason);
  }
  const piece = readPiece(fieldsOf(event));
  if (piece.error !== undefined) throw midstreamFailure(piece.error, texts);
  if (piece.finish === 'broken') throw brokenStream('gave the text up');
  sequence.take(piece);
}

/** An error that comes as an event, after the status was sent. */
function midstreamFailure(error: object, texts: readonly string[]): CallFailure {
  const { code, type } = fieldsOf(error);
  const isRequest = type === 'invalid_request_error' || type === 'BadRequestError' || code === 400;
  const isBusy = type === 'rate_limit_error' || code === 429;
  const status = isRequest ? 400 : isBusy ? 429 : 503;
  const body = JSON.stringify({ error });
  const failure = answeredFailure('', { status, headers: new Headers(), body }, texts);
  return new CallFailure(failure.error, { mayPass: failure.mayPass, said: failure.said });
}

async function* whole(response: Response): AsyncGenerator<string, void> {
  yield await response.text();
}

/** Learns from a refusal what the server does not take; true where it is to be asked again at once. */
function adapt(habits: Habits, sent: Habits, { status, said }: CallFailure): boolean {
  if (status !== 400 && status !== 422) return false;
  const words = `${String(said['param'])} ${String(said['message'])}`;
  if (sent.includeUsage && words.includes('stream_options')) {
    habits.includeUsage = false;
    return true;
  }
  if (sent.maxTokens === 'max_tokens' && words.includes('max_completion_tokens')) {
    habits.maxTokens = 'max_completion_tokens';
    return true;
  }
  return false;
}
