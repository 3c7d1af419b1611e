import { RpcError } from '@ryzanstein/rpc';
import { epochOfZeroMs, type Clock } from '@ryzanstein/runtime';
import {
  TraceContext,
  type ChildRecord,
  type OpenSpan,
  type SpanAttributes,
  type SpanStart,
  type Tracer,
} from '@ryzanstein/tracing';
import type { Backend } from './backends/backend.ts';
import type { GenerationRecord, GenerationTerms, RemoteRun, StepsRun } from './domain/generation.ts';
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

/** What a backend is to a span. */
export interface ObservedBackend extends Pick<Backend, 'provider' | 'remote'> {
  readonly model: { readonly name: string };
}

/** What makes the spans of one request. */
export interface ObservedGeneration {
  /** Begins the span that another server's continue; there where another server runs the model. */
  readonly onCall?: NonNullable<GenerationTerms['onCall']>;
  /** Makes the spans, or ends the one that was begun. */
  readonly onEnd: NonNullable<GenerationTerms['onEnd']>;
}

/**
 * Makes the spans of a request: `chat <model>` with `queue`, `prefill` and `decode`; where another server
 * runs the model, a CLIENT one with `queue` alone.
 */
export interface GenerationObserver {
  /** Notes where the request stands in its trace, which MUST be the active context. */
  observe(request: ObservedRequest): ObservedGeneration;
}

/** An observer for the sequences of one backend; `measure` is handed what each span says. */
export function observeGenerations(
  tracer: Tracer,
  clock: Clock,
  backend: ObservedBackend,
  measure: MeasureGeneration = () => {},
): GenerationObserver {
  const own = tracer.scoped('@ryzanstein/inference-engine');
  return {
    observe(request) {
      const parent = TraceContext.current();
      // The one look at the wall clock; all else are differences of the monotonic one.
      const anchorEpochMs = epochOfZeroMs(clock);
      const epoch = (monotonicMs: number): number => anchorEpochMs + monotonicMs;
      const start = (enqueuedAtMs: number, attributes: SpanAttributes): SpanStart => ({
        name: `${request.operation} ${backend.model.name}`,
        kind: backend.remote === undefined ? 'INTERNAL' : 'CLIENT',
        parent,
        startEpochMs: epoch(enqueuedAtMs),
        attributes,
      });
      let open: OpenSpan | undefined;
      return {
        ...(backend.remote === undefined
          ? {}
          : {
              onCall(enqueuedAtMs: number) {
                open ??= own.openSpan(start(enqueuedAtMs, requestAttributes(request, backend)));
                return open.context.toHeaders();
              },
            }),
        onEnd(record) {
          const ending = endingOf(record);
          const attributes = chatAttributes(request, record, ending, backend);
          measure(attributes, record.outcome.kind === 'finished', ending.error?.type);
          const told = {
            endEpochMs: epoch(record.endedAtMs),
            attributes,
            ...(ending.error === undefined ? {} : { error: ending.error }),
            ...(record.firstTokenAtMs === undefined
              ? {}
              : { events: [{ name: 'first_token', epochMs: epoch(record.firstTokenAtMs) }] }),
            children: phases(record, ending, epoch),
          };
          if (open === undefined) own.recordSpan({ ...start(record.enqueuedAtMs, attributes), ...told });
          else open.end(told);
        },
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

/** What is known before anything runs. */
function requestAttributes(
  { operation, requestModel, seed, gpuId, clientStreams, responseId }: ObservedRequest,
  { provider, model, remote }: ObservedBackend,
): SpanAttributes {
  return {
    'ryzanstein.model': model.name,
    'ryzanstein.gpu.id': gpuId,
    'gen_ai.operation.name': operation,
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': requestModel === '' ? model.name : requestModel,
    // Larger seeds than a number can hold exactly would read as others.
    ...(seed <= Number.MAX_SAFE_INTEGER ? { 'gen_ai.request.seed': Number(seed) } : {}),
    'gen_ai.request.stream': clientStreams,
    ...(responseId === '' ? {} : { 'gen_ai.response.id': responseId }),
    ...(remote === undefined ? {} : { 'server.address': remote.address, 'server.port': remote.port }),
  };
}

function chatAttributes(
  request: ObservedRequest,
  { plan, usage, timings, firstTokenAtMs, slotAtMs, run }: GenerationRecord,
  ending: Ending,
  backend: ObservedBackend,
): SpanAttributes {
  const firstTokenS = (timings.queueUs + timings.prefillUs) / 1e6;
  const { promptTokens, cachedPromptTokens, completionTokens } = usage;
  return {
    ...requestAttributes(request, backend),
    ...(promptTokens === undefined
      ? {}
      : { 'ryzanstein.tokens.input': promptTokens, 'gen_ai.usage.input_tokens': promptTokens }),
    'ryzanstein.tokens.output': completionTokens,
    ...(plan.maxTokens === undefined ? {} : { 'gen_ai.request.max_tokens': plan.maxTokens }),
    'gen_ai.request.temperature': plan.sampling.temperature,
    'gen_ai.request.top_p': plan.sampling.topP,
    'gen_ai.request.top_k': plan.sampling.topK,
    'gen_ai.response.model': backend.model.name,
    'gen_ai.response.finish_reasons': [ending.finishReason],
    'gen_ai.usage.output_tokens': completionTokens,
    ...(cachedPromptTokens === undefined
      ? {}
      : { 'gen_ai.usage.cache_read.input_tokens': cachedPromptTokens }),
    'gen_ai.latency.time_in_queue': timings.queueUs / 1e6,
    ...(firstTokenAtMs === undefined
      ? {}
      : {
          'gen_ai.response.time_to_first_chunk': firstTokenS,
          'gen_ai.latency.time_to_first_token': firstTokenS,
        }),
    ...(run.kind === 'steps'
      ? {
          'ryzanstein.batch.size': Math.max(1, Math.round(timings.meanBatch)),
          'ryzanstein.latency.prefill_ms': timings.prefillUs / 1e3,
          'ryzanstein.latency.decode_ms': timings.decodeUs / 1e3,
          ...(slotAtMs === undefined
            ? {}
            : { 'gen_ai.latency.time_in_model_prefill': timings.prefillUs / 1e6 }),
          ...(firstTokenAtMs === undefined
            ? {}
            : { 'gen_ai.latency.time_in_model_decode': timings.decodeUs / 1e6 }),
        }
      : remoteAttributes(run)),
    'gen_ai.latency.e2e': firstTokenS + timings.decodeUs / 1e6,
  };
}

/** What another server told, and nothing that it did not. */
function remoteAttributes({
  attempts,
  httpStatus,
  tokensFrom,
  prefillMs,
  decodeMs,
}: RemoteRun): SpanAttributes {
  return {
    'ryzanstein.remote.attempts': attempts,
    'ryzanstein.tokens.from': tokensFrom,
    ...(httpStatus === undefined ? {} : { 'http.response.status_code': httpStatus }),
    ...(prefillMs === undefined
      ? {}
      : {
          'ryzanstein.latency.prefill_ms': prefillMs,
          'gen_ai.latency.time_in_model_prefill': prefillMs / 1e3,
        }),
    ...(decodeMs === undefined
      ? {}
      : { 'ryzanstein.latency.decode_ms': decodeMs, 'gen_ai.latency.time_in_model_decode': decodeMs / 1e3 }),
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
  const { run } = record;
  if (run.kind === 'steps' && slotAtMs !== undefined)
    begun.push({
      name: 'prefill',
      fromMs: slotAtMs,
      attributes: {
        'ryzanstein.prefill.chunks': run.prefillChunks,
        ...(run.besideSteps ? { 'ryzanstein.prefill.beside_steps': true } : {}),
        'ryzanstein.batch.max': run.maxPrefillBatch,
        'ryzanstein.tokens.cached': record.usage.cachedPromptTokens ?? 0,
      },
    });
  // A text of one token is over before decoding began.
  if (run.kind === 'steps' && firstTokenAtMs !== undefined && (record.timings.steps > 0 || ending.truncated))
    begun.push({ name: 'decode', fromMs: firstTokenAtMs, attributes: decodeAttributes(record, run) });

  return begun.map(({ name, fromMs, attributes }, index) => {
    const next = begun[index + 1];
    // What another server was in the midst of is not known here.
    const nextAtMs = next?.fromMs ?? (run.kind === 'remote' ? slotAtMs : undefined);
    const cut = nextAtMs === undefined && ending.truncated;
    return {
      name,
      startEpochMs: epoch(fromMs),
      endEpochMs: epoch(nextAtMs ?? endedAtMs),
      attributes: cut ? { ...attributes, 'ryzanstein.phase.truncated': true } : attributes,
      ...(cut && ending.error !== undefined ? { error: ending.error } : {}),
    };
  });
}

function decodeAttributes(
  { timings }: GenerationRecord,
  { maxBatch, pausedMs, stepsMs }: StepsRun,
): SpanAttributes {
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
