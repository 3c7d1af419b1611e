import { AsyncLocalStorage } from 'node:async_hooks';
import type { Logger } from '@ryzanstein/runtime';
import { currentSpan, idleRecorder, type MetricRecorder } from '@ryzanstein/tracing';
import type { FinishedRequest, ObserveRequest } from './ports.ts';

/**
 * Decorates the span of the request's call with what only this service knows, measures the time to
 * its first token, and writes one log line per request. Never the content of either side.
 */
export function observeRequests(logger: Logger, metrics: MetricRecorder = idleRecorder): ObserveRequest {
  return () => {
    const span = currentSpan();
    let model: string | undefined;
    // A request may end in the context of whoever cut it off; its log line belongs to its trace.
    const inContext = AsyncLocalStorage.snapshot();
    return {
      model(id) {
        model = id;
        span?.setAttribute('ryzanstein.model', id);
      },
      firstText(ttftMs) {
        span?.setAttribute('ryzanstein.latency.ttft_ms', ttftMs);
        metrics.histogram('ryzanstein.ttft', { 'ryzanstein.model': model }).record(ttftMs / 1_000);
      },
      finished(request) {
        span?.setAttribute('ryzanstein.latency.total_ms', request.totalMs);
        inContext(() => logger.info(recordOf(request), sentenceOf(request)));
      },
    };
  };
}

function recordOf(request: FinishedRequest): object {
  const { leaseWaitMs, ttftMs, totalMs, cause, outcome } = request;
  return {
    model: request.model,
    outcome,
    streamed: request.streamed,
    lease_id: request.leaseId,
    attempts: request.attempts,
    lease_wait_ms: rounded(leaseWaitMs),
    ttft_ms: rounded(ttftMs),
    total_ms: rounded(totalMs),
    prompt_tokens: request.promptTokens,
    completion_tokens: request.completionTokens,
    // What is refused as wrong or unknown is named in the message, and it is a text of the caller.
    ...(outcome === 'INVALID_ARGUMENT' || outcome === 'NOT_FOUND' ? {} : { error: request.message }),
    // Behind these stands a fault; behind the others the caller, who has been told.
    ...(outcome === 'INTERNAL' || outcome === 'UNAVAILABLE' ? { err: cause } : {}),
  };
}

function sentenceOf({ kind, outcome }: FinishedRequest): string {
  return outcome === 'OK' ? `${kind} finished` : `${kind} ended with ${outcome}`;
}

function rounded(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : Math.round(milliseconds * 1_000) / 1_000;
}
