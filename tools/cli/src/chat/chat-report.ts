import { durationTextMs } from '@ryzanstein/trace-analysis';
import { printable } from '../trace/printable.ts';
import type { ChatFailure, ChatReply } from './chat-call.ts';

/** What `ryz chat --json` prints after a reply. */
export interface ChatReplyJson extends ChatReply {
  readonly ok: true;
  readonly traceUrl: string;
  readonly tokensPerSecond?: number;
}

/** What `ryz chat --json` prints after a failure. */
export interface ChatFailureJson {
  readonly ok: false;
  readonly traceId: string;
  readonly requestId: string;
  readonly traceUrl: string;
  /** Text that came before the failure. */
  readonly text: string;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly violations: readonly { readonly field: string; readonly description: string }[];
    readonly retryAfterMs?: number;
  };
}

export function replyJson(reply: ChatReply, traceUrl: string): ChatReplyJson {
  const rate = tokensPerSecond(reply);
  return { ok: true, ...reply, traceUrl, ...(rate === undefined ? {} : { tokensPerSecond: rate }) };
}

export function failureJson({ error, ids, text }: ChatFailure, traceUrl: string): ChatFailureJson {
  return {
    ok: false,
    ...ids,
    traceUrl,
    text,
    error: {
      code: error.code,
      message: error.message,
      violations: error.violations,
      ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    },
  };
}

/** What is said below a reply: model, tokens, times, and where its trace is. */
export function replyLines(reply: ChatReply, traceUrl: string): string[] {
  const { usage, timings } = reply;
  const rate = tokensPerSecond(reply);
  const times = [
    ...(reply.firstTextMs === undefined ? [] : [`first token ${durationTextMs(reply.firstTextMs)}`]),
    ...(rate === undefined ? [] : [`${rate.toFixed(rate < 10 ? 1 : 0)} tokens/s`]),
    `${durationTextMs(reply.totalMs)} in all`,
  ];
  const phases =
    timings === undefined
      ? []
      : [
          row(
            'phases',
            `lease ${durationTextMs(timings.leaseWaitMs)}, queue ${durationTextMs(timings.queueMs)}, ` +
              `prefill ${durationTextMs(timings.prefillMs)}, decode ${durationTextMs(timings.decodeMs)}`,
          ),
        ];
  const tokens =
    usage === undefined
      ? []
      : [
          row(
            'tokens',
            `${usage.promptTokens} in (${usage.cachedPromptTokens} cached), ${usage.completionTokens} out`,
          ),
        ];
  return [
    row('model', `${printable(reply.model)}, ended by ${reply.finishReason}`),
    ...tokens,
    row('times', times.join(', ')),
    ...phases,
    ...idLines(reply, traceUrl),
  ];
}

/** Where a call can be found again. */
export function idLines(ids: { traceId: string; requestId: string }, traceUrl: string): string[] {
  return [row('request', printable(ids.requestId)), row('trace', ids.traceId), row('', traceUrl)];
}

/** Tokens after the first per second of decoding; undefined where fewer than two came. */
export function tokensPerSecond({ usage, timings }: ChatReply): number | undefined {
  if (usage === undefined || timings === undefined) return undefined;
  if (usage.completionTokens < 2 || timings.decodeMs <= 0) return undefined;
  return ((usage.completionTokens - 1) / timings.decodeMs) * 1_000;
}

function row(name: string, text: string): string {
  return `${name.padEnd(9)}${text}`;
}
