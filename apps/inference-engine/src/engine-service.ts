import type { inferenceEngine } from '@ryzanstein/contracts';
import { FinishReason, type GenerateRequest, type GenerateResponseInit } from '@ryzanstein/contracts/engine';
import { RpcError, type CallContext, type ServiceHandlers } from '@ryzanstein/rpc';
import type { Generation, GenerationEvent } from './domain/generation.ts';
import { drawSeed, type Engine, type EngineAnswer } from './engine.ts';
import { invalid, readPrompt, readRequest } from './engine-request.ts';
import { embedTexts } from './embedding-call.ts';
import type { EmbeddingObserver } from './embedding-telemetry.ts';
import type { LinkedDevice } from './linked-device.ts';
import { closed, leaseRefused, leaseRevoked, notOffered, queueFull } from './refusals.ts';
import type { GenerationObserver } from './telemetry.ts';

/** What the service works with. */
export interface EngineServiceDeps {
  readonly engine: Engine;
  readonly device: LinkedDevice;
  readonly observer: GenerationObserver;
  readonly embeddings: EmbeddingObserver;
}

interface Started {
  readonly generation: Generation;
  readonly seed: string;
}

/** The handlers of `ryzanstein.engine.v1.InferenceEngine`. */
export function createEngineService(deps: EngineServiceDeps): ServiceHandlers<typeof inferenceEngine> {
  const { engine, device } = deps;
  const { backend } = engine;
  return {
    async *Generate(request, ctx) {
      const { generation, seed } = start(request, ctx, deps);
      const cancel = (): void => generation.cancel(ctx.signal.reason);
      if (ctx.signal.aborted) cancel();
      ctx.signal.addEventListener('abort', cancel, { once: true });
      try {
        for await (const event of generation) yield response(event, seed, backend.model.name);
      } finally {
        ctx.signal.removeEventListener('abort', cancel);
      }
    },

    async Embed(request, ctx) {
      requireModel(request.model, backend.model.name);
      return embedTexts(request, ctx, deps);
    },

    async EndLease({ leaseId }, { peer }) {
      device.leases.lost(leaseId, peer);
      return {};
    },

    async Tokenize(request, ctx) {
      requireModel(request.model, backend.model.name);
      const tokenized = await backend.tokenize(readPrompt(request), ctx.signal);
      if (tokenized.kind === 'refused') throw invalid([tokenized.violation]);
      if (tokenized.kind === 'not_offered') throw notOffered('does not count these tokens', tokenized.reason);
      const { ids } = tokenized;
      return { tokens: ids.length, ids: request.withIds ? [...ids] : [] };
    },

    async GetModelInfo() {
      const { model, provider, slots } = backend;
      return {
        model: model.name,
        backend: provider,
        architecture: model.architecture,
        quantization: model.quantization,
        parameters: String(model.parameters),
        contextLength: model.contextTokens,
        slots,
        vocabulary: model.vocabulary,
        fileBytes: String(model.fileBytes),
      };
    },

    async GetLoad() {
      const { active, queued, contextTokens } = backend.load;
      return {
        active,
        queued,
        slots: backend.slots,
        kvTokensUsed: String(contextTokens),
        kvTokensLimit: String(backend.slots * backend.model.contextTokens),
        draining: device.draining,
      };
    },
  };
}

function start(
  request: GenerateRequest,
  ctx: CallContext,
  { engine, device, observer }: EngineServiceDeps,
): Started {
  requireModel(request.model, engine.backend.model.name);
  const wanted = readRequest(request);
  const seed = wanted.seed ?? drawSeed();
  const spans = observer.observe({
    operation: wanted.prompt.kind === 'chat' ? 'chat' : 'text_completion',
    requestModel: request.model,
    seed,
    gpuId: request.leaseId === '' ? device.gpuId : request.gpuId,
    clientStreams: request.clientStreams,
    responseId: request.responseId,
  });
  const decision = device.leases.enter(
    { leaseId: request.leaseId, epoch: BigInt(request.leaseEpoch), from: ctx.peer },
    // The call and not its generation alone, whose end a reader that is behind might never hear of.
    (leaseId) => ctx.giveUp(leaseRevoked(leaseId)),
  );
  if (decision.kind === 'refused') throw leaseRefused(decision.reason);
  try {
    const answer = engine.submit({
      ...wanted,
      seed,
      ...(spans.onCall === undefined ? {} : { onCall: spans.onCall }),
      onEnd(record) {
        decision.hold.release();
        spans.onEnd(record);
      },
    });
    return { generation: running(answer), seed: String(seed) };
  } catch (refusal) {
    decision.hold.release();
    throw refusal;
  }
}

function running(answer: EngineAnswer): Generation {
  switch (answer.kind) {
    case 'running':
      return answer.generation;
    case 'invalid':
      throw invalid(answer.violations);
    case 'queue_full':
      throw queueFull(answer);
    case 'closed':
      throw closed();
  }
}

function requireModel(wanted: string, served: string): void {
  if (wanted === '' || wanted === served) return;
  throw new RpcError(
    'NOT_FOUND',
    `This engine serves model ${JSON.stringify(served)}, not ${JSON.stringify(wanted.slice(0, 200))}.`,
  );
}

function response(event: GenerationEvent, seed: string, model: string): GenerateResponseInit {
  switch (event.type) {
    case 'accepted':
      return {
        accepted: { queuePosition: event.queuePosition, promptTokens: event.promptTokens ?? 0, seed, model },
      };
    case 'started':
      return { started: { slot: event.slot, cachedPromptTokens: event.cachedPromptTokens ?? 0 } };
    case 'delta':
      return { delta: { text: event.text, tokens: event.tokens } };
    case 'done': {
      const { queueUs, prefillUs, decodeUs, steps, meanBatch } = event.timings;
      const finishReason =
        event.finishReason === 'stop' ? FinishReason.FINISH_REASON_STOP : FinishReason.FINISH_REASON_LENGTH;
      return {
        done: {
          finishReason,
          usage: event.usage,
          timings: {
            queueUs: String(queueUs),
            prefillUs: String(prefillUs),
            decodeUs: String(decodeUs),
            steps,
            meanBatch,
          },
        },
      };
    }
  }
}
