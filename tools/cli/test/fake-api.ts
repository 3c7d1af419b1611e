import { llmService } from '@ryzanstein/contracts';
import type { ChatChunk, ChatRequest, CompleteRequest } from '@ryzanstein/contracts/api';
import { createRpcServer, RpcError, type CallContext, type TlsSource } from '@ryzanstein/rpc';
import { silentLogger } from '@ryzanstein/runtime';

export interface FakeApi {
  readonly address: string;
  /** What arrived, newest last. */
  readonly requests: (ChatRequest | CompleteRequest)[];
  readonly traceparents: string[];
  /** In whose name each of them was sent; empty where it did not say. */
  readonly clientIds: string[];
  /** What each of them showed; empty where nothing. */
  readonly authorizations: string[];
  /** How calls ended that were ended by their caller. */
  readonly endedEarly: string[];
  close(): Promise<void>;
}

const usage = { promptTokens: 14, completionTokens: 3, cachedPromptTokens: 4 };
const timings = { leaseWaitMs: 1, queueMs: 2, prefillMs: 30, decodeMs: 20, ttftMs: 35, totalMs: 56 };
const end = { finishReason: 'FINISH_REASON_STOP', usage, timings } as const;
const pieces = ['A span ', 'is ', 'time.'];
const model = 'tiny';

/** The public API with answers of its own; prompts name what is to go wrong. */
export async function startFakeApi(tls?: TlsSource): Promise<FakeApi> {
  const requests: FakeApi['requests'] = [];
  const traceparents: string[] = [];
  const clientIds: string[] = [];
  const authorizations: string[] = [];
  const endedEarly: string[] = [];

  const take = (request: ChatRequest | CompleteRequest, ctx: CallContext): string => {
    requests.push(request);
    traceparents.push(String(ctx.metadata.get('traceparent')[0]));
    clientIds.push(String(ctx.metadata.get('x-client-id')[0] ?? ''));
    authorizations.push(String(ctx.metadata.get('authorization')[0] ?? ''));
    const requestId = String(ctx.metadata.get('x-request-id')[0]);
    for (const bag of [ctx.responseHeaders, ctx.trailers]) {
      bag.set('x-request-id', requestId);
      bag.set('traceresponse', String(ctx.metadata.get('traceparent')[0]));
    }
    const prompt = 'prompt' in request ? request.prompt : (request.messages.at(-1)?.content ?? '');
    if (prompt === 'wrong')
      throw new RpcError('INVALID_ARGUMENT', 'Invalid.', {
        violations: [{ field: 'temperature', description: 'must be at most 2.' }],
      });
    if (prompt === 'no key') throw new RpcError('UNAUTHENTICATED', 'An API key is asked for.');
    if (prompt === 'unknown') throw new RpcError('NOT_FOUND', 'No device has the model "big".');
    if (prompt === 'busy')
      throw new RpcError('RESOURCE_EXHAUSTED', 'Too many requests.', { retryAfterMs: 1_500 });
    if (prompt === 'no device') throw new RpcError('UNAVAILABLE', 'No live device.', { retryAfterMs: 1_000 });
    return prompt;
  };
  const untilEnded = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });

  const server = createRpcServer({ logger: silentLogger, tls });
  server.add(llmService, {
    async Chat(request, ctx) {
      take(request, ctx);
      return { id: 'chat-1', model, message: { role: 'assistant', content: pieces.join('') }, ...end };
    },
    async *ChatStream(request, ctx): AsyncGenerator<Partial<ChatChunk>> {
      const prompt = take(request, ctx);
      for (const content of pieces) {
        yield { id: 'chat-1', model, delta: { content } };
        if (prompt === 'hang') {
          await untilEnded(ctx.signal);
          endedEarly.push(RpcError.from(ctx.signal.reason).code);
          return;
        }
      }
      yield { id: 'chat-1', model, delta: { content: '' }, ...end };
    },
    async Complete(request, ctx) {
      take(request, ctx);
      return { id: 'cmpl-1', model, text: pieces.join(''), ...end };
    },
    async *CompleteStream(request, ctx) {
      take(request, ctx);
      for (const text of pieces) yield { id: 'cmpl-1', model, text };
      yield { id: 'cmpl-1', model, text: '', ...end };
    },
    async Embed({ input }) {
      // Texts of one length are alike.
      return {
        model,
        embeddings: input.map((text) => ({ values: [text.length] })),
        usage: { promptTokens: 3 },
      };
    },
    async ListModels() {
      return { models: [{ id: model, contextLength: 512, slots: 8 }] };
    },
    async CountTokens({ chat }) {
      // A token a word, and three for the template.
      return { tokens: 3 + (chat?.messages.at(-1)?.content.split(' ').length ?? 0), model };
    },
  });
  const address = await server.listen('127.0.0.1:0');
  return {
    address,
    requests,
    traceparents,
    clientIds,
    authorizations,
    endedEarly,
    close: () => server.close(),
  };
}
