import type { llmService } from '@ryzanstein/contracts';
import type {
  ChatChunkInit,
  ChatRequest,
  CompleteChunkInit,
  CompleteRequest,
  CountTokensRequest,
} from '@ryzanstein/contracts/api';
import type { CallContext, ServiceHandlers } from '@ryzanstein/rpc';
import type { CallEndings } from './call-endings.ts';
import { clientIdOf } from './domain/client-id.ts';
import type { GenerationRequest, Prompt } from './domain/generation-request.ts';
import type { Embeddings } from './embedding.ts';
import type { Generation } from './generation.ts';
import type { ModelQueries } from './model-queries.ts';
import type { Caller, Rendering } from './reply.ts';

export interface LlmServiceDeps {
  readonly generation: Generation;
  readonly embeddings: Embeddings;
  readonly models: ModelQueries;
  readonly endings: Pick<CallEndings, 'listen'>;
  /** The id of the request being handled, as its caller is told it. */
  readonly requestId: (ctx: CallContext) => string;
}

const chatChunks: Rendering<ChatChunkInit> = {
  text: (content, { id, model }) => ({ id, model, delta: { content } }),
  end: (completion, { id, model }) => ({ id, model, delta: { content: '' }, ...completion }),
};

const completeChunks: Rendering<CompleteChunkInit> = {
  text: (text, { id, model }) => ({ id, model, text }),
  end: (completion, { id, model }) => ({ id, model, ...completion }),
};

/** `ryzanstein.api.v1.LlmService`: the contract's messages to the application and back. */
export function createLlmService(deps: LlmServiceDeps): ServiceHandlers<typeof llmService> {
  const { generation, embeddings, models, endings, requestId } = deps;

  function callerOf(ctx: CallContext, streams: boolean): Caller {
    const named = ctx.metadata.get('x-client-id')[0];
    return {
      requestId: requestId(ctx),
      clientId: ctx.subject ?? clientIdOf(typeof named === 'string' ? named : undefined, ctx.peer),
      signal: ctx.signal,
      deadlineAtMs: ctx.deadlineAtMs,
      streams,
      onEnding(listener) {
        endings.listen(ctx, ({ code }) => {
          const trailers = listener(code);
          if (code === 'OK') return;
          for (const [key, value] of Object.entries(trailers)) ctx.trailers.set(key, value);
        });
      },
    };
  }

  return {
    async Chat(request, ctx) {
      const { reply, text, completion } = await generation.collect(
        chatRequest(request),
        callerOf(ctx, false),
      );
      return { ...reply, message: { role: 'assistant', content: text }, ...completion };
    },
    ChatStream: (request, ctx) => generation.stream(chatRequest(request), callerOf(ctx, true), chatChunks),
    async Complete(request, ctx) {
      const { reply, text, completion } = await generation.collect(
        completeRequest(request),
        callerOf(ctx, false),
      );
      return { ...reply, text, ...completion };
    },
    CompleteStream: (request, ctx) =>
      generation.stream(completeRequest(request), callerOf(ctx, true), completeChunks),
    async Embed(request, ctx) {
      const { model, vectors, promptTokens } = await embeddings.embed(request, callerOf(ctx, false));
      return {
        model,
        embeddings: vectors.map((values) => ({ values: Array.from(values) })),
        usage: { promptTokens },
      };
    },
    async ListModels() {
      return { models: [...(await models.list())] };
    },
    CountTokens: (request, ctx) => models.countTokens(request.model, countedPrompt(request), ctx),
  };
}

function chatRequest(request: ChatRequest): GenerationRequest {
  return { ...request, prompt: { kind: 'chat', messages: request.messages } };
}

function completeRequest(request: CompleteRequest): GenerationRequest {
  return { ...request, prompt: { kind: 'text', text: request.prompt } };
}

function countedPrompt(request: CountTokensRequest): Prompt | undefined {
  if (request.input === 'prompt') return { kind: 'text', text: request.prompt ?? '' };
  if (request.input === 'chat') return { kind: 'chat', messages: request.chat?.messages ?? [] };
  return undefined;
}
