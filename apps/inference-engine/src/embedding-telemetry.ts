import { RpcError } from '@ryzanstein/rpc';
import { epochOfZeroMs, type Clock } from '@ryzanstein/runtime';
import { TraceContext, type SpanAttributes, type Tracer } from '@ryzanstein/tracing';
import type { EmbeddingRecord } from './domain/embedding.ts';
import type { MeasureEmbeddings } from './metrics.ts';

/** What a span says of a request beside what was measured. */
export interface ObservedEmbedding {
  /** As the caller named it; empty where it took what there is. */
  readonly requestModel: string;
  readonly gpuId: number;
}

/** Makes the span of a request: `embeddings <model>`. */
export interface EmbeddingObserver {
  /**
   * Notes where the request stands in its trace, which MUST be the active context, and returns what
   * makes its span once all texts are embedded, or no more are.
   */
  observe(request: ObservedEmbedding): (record: EmbeddingRecord) => void;
}

/** An observer for the embeddings of one backend; `measure` is handed what each span says. */
export function observeEmbeddings(
  tracer: Tracer,
  clock: Clock,
  { provider, model }: { readonly provider: string; readonly model: { readonly name: string } },
  measure: MeasureEmbeddings = () => {},
): EmbeddingObserver {
  const own = tracer.scoped('@ryzanstein/inference-engine');
  return {
    observe({ requestModel, gpuId }) {
      const parent = TraceContext.current();
      const anchorEpochMs = epochOfZeroMs(clock);
      return ({ outcome, enqueuedAtMs, endedAtMs, inputTokens }) => {
        const attributes: SpanAttributes = {
          'ryzanstein.model': model.name,
          'ryzanstein.tokens.input': inputTokens,
          'ryzanstein.gpu.id': gpuId,
          'gen_ai.operation.name': 'embeddings',
          'gen_ai.provider.name': provider,
          'gen_ai.request.model': requestModel === '' ? model.name : requestModel,
          'gen_ai.response.model': model.name,
          'gen_ai.usage.input_tokens': inputTokens,
        };
        const failure = outcome.kind === 'finished' ? undefined : RpcError.from(outcome.reason);
        // A caller that changed its mind is no error of anybody.
        const error =
          failure === undefined || failure.code === 'CANCELLED'
            ? undefined
            : { type: failure.code, message: failure.message };
        measure(attributes, (endedAtMs - enqueuedAtMs) / 1e3, error?.type);
        own.recordSpan({
          name: `embeddings ${model.name}`,
          parent,
          startEpochMs: anchorEpochMs + enqueuedAtMs,
          endEpochMs: anchorEpochMs + endedAtMs,
          attributes,
          ...(error === undefined ? {} : { error }),
        });
      };
    },
  };
}
