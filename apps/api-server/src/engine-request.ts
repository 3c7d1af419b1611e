import type { Done, GenerateRequestInit } from '@ryzanstein/contracts/engine';
import type { Lease } from '@ryzanstein/contracts/gpu';
import type { GenerationRequest, Prompt } from './domain/generation-request.ts';
import type { Completion, Reply } from './reply.ts';

/** A prompt as the engine's oneof has it. */
export function enginePrompt(
  prompt: Prompt,
): Pick<GenerateRequestInit, 'text'> | { chat: { messages: { role: string; content: string }[] } } {
  return prompt.kind === 'text' ? { text: prompt.text } : { chat: { messages: [...prompt.messages] } };
}

/** The one Generate that a request becomes under a lease. */
export function engineRequest(
  request: GenerationRequest,
  lease: Lease,
  reply: Reply,
  clientStreams: boolean,
): GenerateRequestInit {
  const { prompt, temperature, topP, topK, seed, maxTokens, stop, priority, responseFormat } = request;
  return {
    model: reply.model,
    ...enginePrompt(prompt),
    sampling: { temperature, topP, topK, seed },
    stopping: { maxTokens: maxTokens ?? 0, stop: [...stop] },
    leaseId: lease.leaseId,
    leaseEpoch: lease.epoch,
    gpuId: lease.gpuId,
    clientStreams,
    responseId: reply.id,
    priority: priority ?? 0,
    ...(responseFormat ? { responseFormat } : {}),
  };
}

/** What this process measured of a request. */
export interface EdgeTimes {
  readonly leaseWaitMs: number;
  readonly ttftMs?: number | undefined;
  readonly totalMs: number;
}

/** The end of a reply, from the engine's last event and this process's own times. */
export function completionOf(done: Done, edge: EdgeTimes): Completion {
  const { finishReason, usage, timings } = done;
  return {
    finishReason,
    usage: {
      promptTokens: usage?.promptTokens ?? 0,
      completionTokens: usage?.completionTokens ?? 0,
      cachedPromptTokens: usage?.cachedPromptTokens ?? 0,
    },
    timings: {
      leaseWaitMs: edge.leaseWaitMs,
      queueMs: milliseconds(timings?.queueUs),
      prefillMs: milliseconds(timings?.prefillUs),
      decodeMs: milliseconds(timings?.decodeUs),
      ttftMs: edge.ttftMs ?? 0,
      totalMs: edge.totalMs,
    },
  };
}

function milliseconds(microseconds: string | undefined): number {
  return Number(microseconds ?? 0) / 1_000;
}
