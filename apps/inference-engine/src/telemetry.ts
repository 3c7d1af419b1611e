import { RpcError } from '@ryzanstein/rpc';
import { epochOfZeroMs, type Clock } from '@ryzanstein/runtime';
import { TraceContext, type ChildRecord, type SpanAttributes, type Tracer } from '@ryzanstein/tracing';
import type { GenerationRecord } from './domain/generation.ts';
import type { MeasureGeneration } from './metrics.ts';

/** What a span says of a request beside what was measured. */
export interface ObservedRequest {
  /** `chat` for conversations, `text_completion` for plain prompts. */
  readonly operation: 'chat' | 'text_completion';
  /** As the caller named it; empty where it took what there is. */
  readonly requestModel: string;
  readonly seed: bigint;
  readonly gpuId: number;
  /** True where the caller streams to its own client. */
  readonly clientStreams: boolean;
  /** Id of the reply at the edge; empty where there is none. */
  readonly responseId: string;
}

/** Makes the spans of a request: `chat <model>` with `queue`, `prefill` and `decode`. */
export interface GenerationObserver {
  /**
   * Notes where the request stands in its trace, which MUST be the active context, and returns what
   * makes its spans once the sequence has ended.
   */
  observe(request: ObservedRequest): (record: GenerationRecord) => void;
}

/** An observer for the sequences of one backend; `measure` is handed what each span says. */
export function observeGenerations(
  tracer: Tracer,
  clock: Clock,
  backend: { readonly provider: string; readonly model: { readonly name: string } },
  measure: MeasureGeneration = () => {},
): GenerationObserver {
  const own = tracer.scoped('@ryzanstein/inference-engine');
  return {
    observe(request) {
      const parent = TraceContext.current();
      // The one look at the wall clock; all else are differences of the monotonic one.
      const anchorEpochMs = epochOfZeroMs(clock);
      return (record) => {
        const epoch = (monotonicMs: number): number => anchorEpochMs + monotonicMs;
        const ending = endingOf(record);
        const attributes = chatAttributes(request, record, ending, backend);
        measure(attributes, record.outcome.kind === 'finished', ending.error?.type);
        own.recordSpan({
          name: `${request.operation} ${backend.model.name}`,
          parent,
          startEpochMs: epoch(record.enqueuedAtMs),
          endEpochMs: epoch(record.endedAtMs),
          attributes,
          ...(ending.error === undefined ? {} : { error: ending.error }),
          ...(record.firstTokenAtMs === undefined
            ? {}
            : { events: [{ name: 'first_token', epochMs: epoch(record.firstTokenAtMs) }] }),
          children: phases(record, ending, epoch),
        });
      };
    },
  };
}

/** How an outcome shows in spans. */
interface Ending {
  readonly finishReason: 'stop' | 'length' | 'error';
  /** The phase that ran at the end was cut off. */
  readonly truncated: boolean;
  readonly error?: { readonly type: string; readonly message: string };
}

function endingOf({ outcome }: GenerationRecord): Ending {
  if (outcome.kind === 'finished') return { finishReason: outcome.finishReason, truncated: false };
  const { code, message } = RpcError.from(outcome.reason);
  // A caller that changed its mind is no error of anybody.
  if (code === 'CANCELLED') return { finishReason: 'error', truncated: true };
  return { finishReason: 'error', truncated: true, error: { type: code, message } };
}

function chatAttributes(
  request: ObservedRequest,
  { plan, usage, timings, slotAtMs, firstTokenAtMs }: GenerationRecord,
  ending: Ending,
  { provider, model }: { readonly provider: string; readonly model: { readonly name: string } },
): SpanAttributes {
  const firstTokenS = (timings.queueUs + timings.prefillUs) / 1e6;
  return {
    'ryzanstein.model': model.name,
    'ryzanstein.tokens.input': usage.promptTokens,
    'ryzanstein.tokens.output': usage.completionTokens,
    'ryzanstein.latency.prefill_ms': timings.prefillUs / 1e3,
    'ryzanstein.latency.decode_ms': timings.decodeUs / 1e3,
    'ryzanstein.gpu.id': request.gpuId,
    'ryzanstein.batch.size': Math.max(1, Math.round(timings.meanBatch)),
    'gen_ai.operation.name': request.operation,
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': request.requestModel === '' ? model.name : request.requestModel,
    'gen_ai.request.max_tokens': plan.maxTokens,
    'gen_ai.request.temperature': plan.sampling.temperature,
    'gen_ai.request.top_p': plan.sampling.topP,
    'gen_ai.request.top_k': plan.sampling.topK,
    // Larger seeds than a number can hold exactly would read as others.
    ...(request.seed <= Number.MAX_SAFE_INTEGER ? { 'gen_ai.request.seed': Number(request.seed) } : {}),
    'gen_ai.request.stream': request.clientStreams,
    'gen_ai.response.model': model.name,
    ...(request.responseId === '' ? {} : { 'gen_ai.response.id': request.responseId }),
    'gen_ai.response.finish_reasons': [ending.finishReason],
    'gen_ai.usage.input_tokens': usage.promptTokens,
    'gen_ai.usage.output_tokens': usage.completionTokens,
    'gen_ai.usage.cache_read.input_tokens': usage.cachedPromptTokens,
    'gen_ai.latency.time_in_queue': timings.queueUs / 1e6,
    ...(slotAtMs === undefined ? {} : { 'gen_ai.latency.time_in_model_prefill': timings.prefillUs / 1e6 }),
    ...(firstTokenAtMs === undefined
      ? {}
      : {
          'gen_ai.response.time_to_first_chunk': firstTokenS,
          'gen_ai.latency.time_to_first_token': firstTokenS,
          'gen_ai.latency.time_in_model_decode': timings.decodeUs / 1e6,
        }),
    'gen_ai.latency.e2e': firstTokenS + timings.decodeUs / 1e6,
  };
}

function phases(record: GenerationRecord, ending: Ending, epoch: (ms: number) => number): ChildRecord[] {
  const { enqueuedAtMs, slotAtMs, firstTokenAtMs, endedAtMs } = record;
  const begun: { name: string; fromMs: number; attributes: SpanAttributes }[] = [
    {
      name: 'queue',
      fromMs: enqueuedAtMs,
      attributes: {
        'ryzanstein.queue.reason': record.queueReason,
        'ryzanstein.queue.position': record.queuePosition,
      },
    },
  ];
  if (slotAtMs !== undefined)
    begun.push({
      name: 'prefill',
      fromMs: slotAtMs,
      attributes: {
        'ryzanstein.prefill.chunks': record.prefillChunks,
        'ryzanstein.batch.max': record.maxPrefillBatch,
        'ryzanstein.tokens.cached': record.usage.cachedPromptTokens,
      },
    });
  // A text of one token is over before decoding began.
  if (firstTokenAtMs !== undefined && (record.timings.steps > 0 || ending.truncated))
    begun.push({ name: 'decode', fromMs: firstTokenAtMs, attributes: decodeAttributes(record) });

  return begun.map(({ name, fromMs, attributes }, index) => {
    const next = begun[index + 1];
    const cut = next === undefined && ending.truncated;
    return {
      name,
      startEpochMs: epoch(fromMs),
      endEpochMs: epoch(next?.fromMs ?? endedAtMs),
      attributes: cut ? { ...attributes, 'ryzanstein.phase.truncated': true } : attributes,
      ...(cut && ending.error !== undefined ? { error: ending.error } : {}),
    };
  });
}

function decodeAttributes({ timings, maxBatch, pausedMs, stepsMs }: GenerationRecord): SpanAttributes {
  const sorted = [...stepsMs].sort((a, b) => a - b);
  const quantile = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
  return {
    'ryzanstein.decode.steps': timings.steps,
    'ryzanstein.batch.max': maxBatch,
    'ryzanstein.decode.step_p50_ms': quantile(0.5),
    'ryzanstein.decode.step_p99_ms': quantile(0.99),
    'ryzanstein.decode.paused_ms': pausedMs,
  };
}
