import { RpcError } from '@ryzanstein/rpc';
import { epochOfZeroMs, type Clock } from '@ryzanstein/runtime';
import {
  TraceContext,
  type OpenSpan,
  type SpanAttributes,
  type SpanStart,
  type Tracer,
} from '@ryzanstein/tracing';
import type { EmbeddingTerms } from './domain/embedding.ts';
import type { MeasureEmbeddings } from './metrics.ts';
import type { ObservedBackend } from './telemetry.ts';

/** What a span says of a request beside what was measured. */
export interface ObservedEmbedding {
  /** As the caller named it; empty where it took what there is. */
  readonly requestModel: string;
  readonly gpuId: number;
}

/** What makes the span of one request. */
export interface ObservedEmbeddingCall {
  /** Begins the span that another server's continue; there where another server embeds. */
  readonly onCall?: NonNullable<EmbeddingTerms['onCall']>;
  /** Makes the span, or ends the one that was begun. */
  readonly onEnd: NonNullable<EmbeddingTerms['onEnd']>;
}

/** Makes the span of a request: `embeddings <model>`, a CLIENT one where another server embeds. */
export interface EmbeddingObserver {
  /** Notes where the request stands in its trace, which MUST be the active context. */
  observe(request: ObservedEmbedding): ObservedEmbeddingCall;
}

/** An observer for the embeddings of one backend; `measure` is handed what each span says. */
export function observeEmbeddings(
  tracer: Tracer,
  clock: Clock,
  { provider, model, remote }: ObservedBackend,
  measure: MeasureEmbeddings = () => {},
): EmbeddingObserver {
  const own = tracer.scoped('@ryzanstein/inference-engine');
  return {
    observe({ requestModel, gpuId }) {
      const parent = TraceContext.current();
      const anchorEpochMs = epochOfZeroMs(clock);
      const known: SpanAttributes = {
        'ryzanstein.model': model.name,
        'ryzanstein.gpu.id': gpuId,
        'gen_ai.operation.name': 'embeddings',
        'gen_ai.provider.name': provider,
        'gen_ai.request.model': requestModel === '' ? model.name : requestModel,
        'gen_ai.response.model': model.name,
        ...(remote === undefined ? {} : { 'server.address': remote.address, 'server.port': remote.port }),
      };
      const start = (enqueuedAtMs: number): SpanStart => ({
        name: `embeddings ${model.name}`,
        kind: remote === undefined ? 'INTERNAL' : 'CLIENT',
        parent,
        startEpochMs: anchorEpochMs + enqueuedAtMs,
        attributes: known,
      });
      let open: OpenSpan | undefined;
      return {
        ...(remote === undefined
          ? {}
          : {
              onCall(enqueuedAtMs: number) {
                open ??= own.openSpan(start(enqueuedAtMs));
                return open.context.toHeaders();
              },
            }),
        onEnd({ outcome, enqueuedAtMs, endedAtMs, inputTokens }) {
          const attributes: SpanAttributes = {
            ...known,
            ...(inputTokens === undefined
              ? {}
              : { 'ryzanstein.tokens.input': inputTokens, 'gen_ai.usage.input_tokens': inputTokens }),
          };
          const failure = outcome.kind === 'finished' ? undefined : RpcError.from(outcome.reason);
          // A caller that changed its mind is no error of anybody.
          const error =
            failure === undefined || failure.code === 'CANCELLED'
              ? undefined
              : { type: failure.code, message: failure.message };
          measure(attributes, (endedAtMs - enqueuedAtMs) / 1e3, error?.type);
          open ??= own.openSpan(start(enqueuedAtMs));
          open.end({
            endEpochMs: anchorEpochMs + endedAtMs,
            attributes,
            ...(error === undefined ? {} : { error }),
          });
        },
      };
    },
  };
}
