import type { BoundCounter, BoundHistogram, MetricRecorder, SpanAttributes } from '@ryzanstein/tracing';
import type { Backend } from './backends/backend.ts';

/**
 * Records one generation from the attributes of its `chat` span, so that span and metrics can never
 * tell different numbers. `finished` is false where it was cut off.
 */
export type MeasureGeneration = (
  chat: SpanAttributes,
  finished: boolean,
  errorType: string | undefined,
) => void;

interface Bound {
  readonly duration: BoundHistogram;
  readonly firstToken: BoundHistogram;
  readonly perToken: BoundHistogram;
}

/** Measures the generations of one backend. */
export function measureGenerations(
  metrics: MetricRecorder,
  { provider, model }: Pick<Backend, 'provider'> & { readonly model: { readonly name: string } },
): MeasureGeneration {
  const labelsOf = (operation: string | undefined) => ({
    'gen_ai.operation.name': operation,
    'gen_ai.provider.name': provider,
    // An engine refuses to run what it does not serve, so that both are the same.
    'gen_ai.request.model': model.name,
    'gen_ai.response.model': model.name,
  });
  const bind = (operation: string): Bound => ({
    duration: metrics.histogram('gen_ai.server.request.duration', labelsOf(operation)),
    firstToken: metrics.histogram('gen_ai.server.time_to_first_token', labelsOf(operation)),
    perToken: metrics.histogram('gen_ai.server.time_per_output_token', labelsOf(operation)),
  });
  const byOperation: Readonly<Record<string, Bound>> = {
    chat: bind('chat'),
    text_completion: bind('text_completion'),
  };
  const own = { 'ryzanstein.model': model.name };
  const queued = metrics.histogram('ryzanstein.queue.duration', own);
  const batch = metrics.histogram('ryzanstein.batch.size', own);
  const tokens = (type: 'input' | 'output'): BoundCounter =>
    metrics.counter('ryzanstein.tokens', { ...own, 'ryzanstein.token.type': type });
  const [input, output] = [tokens('input'), tokens('output')];

  return (chat, finished, errorType) => {
    const operation = chat['gen_ai.operation.name'];
    const bound = byOperation[operation ?? ''];
    const duration =
      errorType === undefined
        ? bound?.duration
        : metrics.histogram('gen_ai.server.request.duration', {
            ...labelsOf(operation),
            'error.type': errorType,
          });
    duration?.record(chat['gen_ai.latency.e2e'] ?? NaN);
    const outputTokens = chat['ryzanstein.tokens.output'] ?? 0;
    if (finished) {
      bound?.firstToken.record(chat['gen_ai.latency.time_to_first_token'] ?? NaN);
      if (outputTokens > 1) bound?.perToken.record(decodeSecondsOf(chat) / (outputTokens - 1));
    }
    queued.record(chat['gen_ai.latency.time_in_queue'] ?? NaN);
    // One that never began to decode was in no batch; that of another server is its own.
    const batchSize = chat['ryzanstein.batch.size'];
    if (chat['gen_ai.latency.time_in_model_decode'] !== undefined && batchSize !== undefined)
      batch.record(batchSize);
    // Another server may not tell.
    const inputTokens = chat['ryzanstein.tokens.input'];
    if (inputTokens !== undefined) input.add(inputTokens);
    output.add(outputTokens);
  };
}

/** From the first token on, here or as it was seen to come. */
function decodeSecondsOf(chat: SpanAttributes): number {
  const seen = (chat['gen_ai.latency.e2e'] ?? NaN) - (chat['gen_ai.latency.time_to_first_token'] ?? NaN);
  return chat['gen_ai.latency.time_in_model_decode'] ?? seen;
}

/** Records the embedding of one request's texts from the attributes of its span. */
export type MeasureEmbeddings = (
  embeddings: SpanAttributes,
  seconds: number,
  errorType: string | undefined,
) => void;

/** Measures the embeddings of one backend. */
export function measureEmbeddings(
  metrics: MetricRecorder,
  { provider, model }: Pick<Backend, 'provider'> & { readonly model: { readonly name: string } },
): MeasureEmbeddings {
  const labels = {
    'gen_ai.operation.name': 'embeddings',
    'gen_ai.provider.name': provider,
    'gen_ai.request.model': model.name,
    'gen_ai.response.model': model.name,
  };
  const tokens = { 'ryzanstein.model': model.name, 'ryzanstein.token.type': 'input' };
  return (embeddings, seconds, errorType) => {
    const ending = errorType === undefined ? labels : { ...labels, 'error.type': errorType };
    metrics.histogram('gen_ai.server.request.duration', ending).record(seconds);
    const inputTokens = embeddings['ryzanstein.tokens.input'];
    if (inputTokens !== undefined) metrics.counter('ryzanstein.tokens', tokens).add(inputTokens);
  };
}

/** Tells how busy a backend is, and how full its device. Returns what stops it. */
export function observeLoad(
  metrics: MetricRecorder,
  backend: Pick<Backend, 'device' | 'load' | 'model' | 'slots'>,
): () => void {
  const { device, model, slots } = backend;
  const own = { 'ryzanstein.model': model.name };
  const stops = [metrics.observe('ryzanstein.queue.depth', (report) => report(backend.load.queued, own))];
  // Another server's memory is not known here.
  if (device.kind !== 'remote')
    stops.push(
      metrics.observe('ryzanstein.kv_cache.used', (report) => report(backend.load.contextTokens, own)),
      metrics.observe('ryzanstein.kv_cache.limit', (report) => report(slots * model.contextTokens, own)),
    );
  if (device.kind === 'gpu') {
    const labels = { 'hw.id': device.id };
    stops.push(
      metrics.observe('hw.gpu.memory.usage', (report) => report(backend.load.memoryUsedBytes, labels)),
      metrics.observe('hw.gpu.memory.limit', (report) => report(backend.load.memoryTotalBytes, labels)),
    );
  }
  return () => {
    for (const stop of stops) stop();
  };
}
