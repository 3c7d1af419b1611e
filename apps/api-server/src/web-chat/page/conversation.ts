import type { TraceIds } from './trace-context.ts';

/** What arrives of an answer. */
export type StreamEvent =
  | { readonly kind: 'head'; readonly requestId: string; readonly traceId: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'finish'; readonly reason: string }
  | { readonly kind: 'usage'; readonly input: number; readonly output: number };

export type TurnEvent =
  | StreamEvent
  | { readonly kind: 'end' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'fail'; readonly problem: string };

/** A question and what became of it. Times are milliseconds since 1970 on this machine's clock. */
export interface Turn extends TraceIds {
  readonly model: string;
  readonly prompt: string;
  readonly text: string;
  readonly state: 'running' | 'done' | 'stopped' | 'failed';
  /** The sentence of a failure. */
  readonly problem: string;
  readonly requestId: string;
  readonly finishReason: string;
  readonly usage: { readonly input: number; readonly output: number } | undefined;
  readonly startMs: number;
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
  readonly endMs: number | undefined;
}

/** A question that has just been asked. */
export function newTurn(asked: TraceIds & { model: string; prompt: string }, nowMs: number): Turn {
  return {
    ...asked,
    text: '',
    state: 'running',
    problem: '',
    requestId: '',
    finishReason: '',
    usage: undefined,
    startMs: nowMs,
    firstMs: undefined,
    lastMs: undefined,
    endMs: undefined,
  };
}

/** The turn after an event; one that has ended stays as it is. */
export function advance(turn: Turn, event: TurnEvent, nowMs: number): Turn {
  if (turn.state !== 'running') return turn;
  switch (event.kind) {
    case 'head':
      return { ...turn, requestId: event.requestId, traceId: event.traceId };
    case 'text':
      return {
        ...turn,
        text: turn.text + event.text,
        firstMs: turn.firstMs ?? nowMs,
        lastMs: nowMs,
      };
    case 'finish':
      return { ...turn, finishReason: event.reason };
    case 'usage':
      return { ...turn, usage: { input: event.input, output: event.output } };
    case 'end':
      return { ...turn, state: 'done', endMs: nowMs };
    case 'stop':
      return { ...turn, state: 'stopped', endMs: nowMs };
    case 'fail':
      return { ...turn, state: 'failed', problem: event.problem, endMs: nowMs };
  }
}

/** What is sent for the next question: all that was said before, without questions that got no answer. */
export function messagesFor(turns: readonly Turn[], prompt: string): { role: string; content: string }[] {
  return [
    ...turns
      .filter(({ text }) => text !== '')
      .flatMap((turn) => [
        { role: 'user', content: turn.prompt },
        { role: 'assistant', content: turn.text },
      ]),
    { role: 'user', content: prompt },
  ];
}

/** The times of a turn, as seen from here; undefined what is not known yet. */
export function figuresOf({ startMs, firstMs, lastMs, endMs, usage }: Turn): {
  readonly firstTokenMs: number | undefined;
  readonly totalMs: number | undefined;
  readonly tokensPerSecond: number | undefined;
} {
  const decodeMs = firstMs === undefined || lastMs === undefined ? 0 : lastMs - firstMs;
  return {
    firstTokenMs: firstMs === undefined ? undefined : firstMs - startMs,
    totalMs: endMs === undefined ? undefined : endMs - startMs,
    // The first token marks the begin of the time in which the others came.
    tokensPerSecond:
      usage === undefined || usage.output < 2 || decodeMs <= 0
        ? undefined
        : ((usage.output - 1) * 1_000) / decodeMs,
  };
}
