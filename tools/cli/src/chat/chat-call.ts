import type { Metadata } from '@grpc/grpc-js';
import { llmService } from '@ryzanstein/contracts';
import type { ChatRequestInit, CompleteRequestInit, Timings, Usage } from '@ryzanstein/contracts/api';
import { createRpcClient, RpcError } from '@ryzanstein/rpc';
import { showingKey } from '../api-key.ts';
import { randomBytes, randomUUID } from 'node:crypto';

/** A client of the mesh's public API; to be closed by whoever opened it. */
export type LlmClient = ReturnType<typeof connectLlm>;

/** Opens a client that shows `apiKey`, where there is one; nothing is connected before the first call. */
export function connectLlm(address: string, apiKey?: string) {
  return createRpcClient(
    llmService,
    address,
    apiKey === undefined ? {} : { interceptors: [showingKey(apiKey)] },
  );
}

/** One prompt and how it is to be answered; absent settings are left to the mesh. */
export interface ChatCall {
  readonly prompt: string;
  /** Instruction that stands before the prompt; not with `complete`. */
  readonly system?: string;
  readonly model?: string;
  readonly maxTokens?: number;
  readonly temperature?: number;
  /** Unsigned 64-bit number as decimal text. */
  readonly seed?: string;
  readonly stop?: readonly string[];
  /** Continues the prompt as plain text, without a chat template. */
  readonly complete?: boolean;
  /** One reply in one message instead of a stream. */
  readonly unary?: boolean;
  readonly requestId?: string;
  /** `x-client-id`: in whose name the fair queue counts it; absent: the mesh takes the caller's host. */
  readonly clientId?: string;
  /** 0 to 9; higher goes first. */
  readonly priority?: number;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Called with each piece of text as it comes. */
  readonly onText?: (text: string) => void;
}

/** How a call can be found again. */
export interface CallIds {
  readonly traceId: string;
  readonly requestId: string;
}

export interface ChatReply extends CallIds {
  readonly id: string;
  readonly model: string;
  readonly text: string;
  /** `stop`, `length` or `error`. */
  readonly finishReason: string;
  readonly usage?: Usage;
  readonly timings?: Timings;
  /** Measured here: call to first text, where text came in pieces. */
  readonly firstTextMs?: number;
  /** Measured here: call to end. */
  readonly totalMs: number;
}

/** A call that failed, with what had come of it. */
export class ChatFailure extends Error {
  override readonly name = 'ChatFailure';
  readonly error: RpcError;
  readonly ids: CallIds;
  /** Text that came before the failure. */
  readonly text: string;

  constructor(error: RpcError, ids: CallIds, text: string) {
    super(error.message, { cause: error });
    this.error = error;
    this.ids = ids;
    this.text = text;
  }
}

/**
 * Sends one prompt under a trace that begins here, sampled, so that its id is known whatever happens.
 *
 * @throws ChatFailure
 */
export async function sendChat(client: LlmClient, call: ChatCall): Promise<ChatReply> {
  let ids: CallIds = {
    traceId: randomBytes(16).toString('hex'),
    requestId: call.requestId ?? randomUUID(),
  };
  const options = {
    timeoutMs: call.timeoutMs,
    metadata: {
      traceparent: `00-${ids.traceId}-${randomBytes(8).toString('hex')}-01`,
      'x-request-id': ids.requestId,
      ...(call.clientId === undefined ? {} : { 'x-client-id': call.clientId }),
    },
    ...(call.signal === undefined ? {} : { signal: call.signal }),
    onHeaders: (headers: Metadata) => (ids = idsOf(headers, ids)),
  };
  const startedAt = performance.now();
  let firstTextMs: number | undefined;
  let text = '';
  const take = (piece: string): void => {
    if (piece === '') return;
    firstTextMs ??= performance.now() - startedAt;
    text += piece;
    call.onText?.(piece);
  };
  try {
    const end = await (call.unary === true
      ? callUnary(client, call, options, take)
      : callStream(client, call, options, take));
    return {
      ...ids,
      id: end.id,
      model: end.model,
      text,
      finishReason: end.finishReason.replace('FINISH_REASON_', '').toLowerCase(),
      ...(end.usage === null ? {} : { usage: end.usage }),
      ...(end.timings === null ? {} : { timings: end.timings }),
      ...(firstTextMs === undefined || call.unary === true ? {} : { firstTextMs }),
      totalMs: performance.now() - startedAt,
    };
  } catch (reason) {
    throw new ChatFailure(RpcError.from(reason), ids, text);
  }
}

/** What the last message of a reply says. */
interface ReplyEnd {
  readonly id: string;
  readonly model: string;
  readonly finishReason: string;
  readonly usage: Usage | null;
  readonly timings: Timings | null;
}

type Options = Parameters<LlmClient['Chat']>[1];

async function callUnary(
  client: LlmClient,
  call: ChatCall,
  options: Options,
  take: (text: string) => void,
): Promise<ReplyEnd> {
  if (call.complete === true) {
    const reply = await client.Complete(completeRequest(call), options);
    take(reply.text);
    return reply;
  }
  const reply = await client.Chat(chatRequest(call), options);
  take(reply.message?.content ?? '');
  return reply;
}

async function callStream(
  client: LlmClient,
  call: ChatCall,
  options: Options,
  take: (text: string) => void,
): Promise<ReplyEnd> {
  let last: ReplyEnd | undefined;
  if (call.complete === true) {
    for await (const chunk of client.CompleteStream(completeRequest(call), options)) {
      take(chunk.text);
      last = chunk;
    }
  } else {
    for await (const chunk of client.ChatStream(chatRequest(call), options)) {
      take(chunk.delta?.content ?? '');
      last = chunk;
    }
  }
  if (last === undefined) throw new RpcError('INTERNAL', 'The reply ended without a message.');
  return last;
}

function chatRequest(call: ChatCall): ChatRequestInit {
  const system = call.system === undefined ? [] : [{ role: 'system', content: call.system }];
  return { ...settings(call), messages: [...system, { role: 'user', content: call.prompt }] };
}

function completeRequest(call: ChatCall): CompleteRequestInit {
  return { ...settings(call), prompt: call.prompt };
}

function settings({ model, maxTokens, temperature, seed, stop, priority }: ChatCall) {
  return {
    ...(model === undefined ? {} : { model }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(seed === undefined ? {} : { seed }),
    ...(stop === undefined ? {} : { stop: [...stop] }),
    ...(priority === undefined ? {} : { priority }),
  };
}

// A mesh that begins traces of its own (RYZ_TRACE_TRUST=restart) answers with another trace id.
function idsOf(headers: Metadata, sent: CallIds): CallIds {
  const text = (key: string): string | undefined => headers.get(key)[0]?.toString();
  const traceId = /^[0-9a-f]{2}-([0-9a-f]{32})-/.exec(text('traceresponse') ?? '')?.[1];
  return { traceId: traceId ?? sent.traceId, requestId: text('x-request-id') ?? sent.requestId };
}
