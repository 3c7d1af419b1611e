import { setTimeout as pause } from 'node:timers/promises';
import { buildTrace, isWhole, type Trace } from '@ryzanstein/trace-analysis';
import type { TraceStore } from './trace-store.ts';

// Processes export in batches of their own, so a trace arrives in parts.
const pollEveryMs = 150;
// Spans that end after their root, such as a release, come in a later batch and leave no gap before.
const unchangedForMs = 450;

export interface AwaitTraceOptions {
  /** How long to wait for a trace that is not there or has gaps; 0 looks once. */
  readonly waitMs: number;
  readonly signal?: AbortSignal;
}

/**
 * The trace as soon as nothing more seems to be under way; after `waitMs`, what there is.
 *
 * @returns undefined where the store knows nothing of it
 * @throws TraceStoreError where the store cannot be asked
 */
export async function awaitTrace(
  store: TraceStore,
  traceId: string,
  options: AwaitTraceOptions,
): Promise<Trace | undefined> {
  const deadline = performance.now() + options.waitMs;
  let spanCount = -1;
  let changedAt = performance.now();
  for (;;) {
    const trace = buildTrace(await store.spansOf(traceId, options.signal));
    const now = performance.now();
    if (trace?.spanCount !== spanCount) {
      spanCount = trace?.spanCount ?? -1;
      changedAt = now;
    }
    if (trace !== undefined && isWhole(trace) && now - changedAt >= unchangedForMs) return trace;
    if (now >= deadline) return trace;
    await pause(Math.min(pollEveryMs, deadline - now), undefined, { signal: options.signal });
  }
}

/** A trace that answers to an id, and what else carries the same request id. */
export interface FoundTrace {
  readonly traceId: string;
  readonly others: readonly string[];
}

/**
 * Finds the trace that is meant by a trace id, a `traceparent`, the address of a trace's page, a
 * request id or the id of a reply. Of several traces of one request the newest counts.
 *
 * @returns undefined where none arrives within `waitMs`
 */
export async function findTrace(
  store: TraceStore,
  id: string,
  options: AwaitTraceOptions,
): Promise<FoundTrace | undefined> {
  const deadline = performance.now() + options.waitMs;
  const traceId = /(?:^|[-/])([0-9a-f]{32})(?:$|[-/?])/i.exec(id)?.[1]?.toLowerCase();
  const requestIds = new Set([id, id.replace(/^(?:chat|cmpl)-/, '')]);
  for (;;) {
    if (traceId !== undefined && (await store.spansOf(traceId, options.signal)).length > 0)
      return { traceId, others: [] };
    for (const requestId of requestIds) {
      const [newest, ...others] = await store.tracesOfRequest(requestId, options.signal);
      if (newest !== undefined) return { traceId: newest, others };
    }
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) return undefined;
    await pause(Math.min(2 * pollEveryMs, leftMs), undefined, { signal: options.signal });
  }
}
