import { setTimeout as delay } from 'node:timers/promises';
import type { Stack } from '@ryzanstein/stack';
import type { Caller } from '../mesh/mesh-under-test.ts';
import { documents } from './backend-reads.ts';
import { jaegerTrace } from './mesh-on-stack.ts';

/** A retry may be five seconds away, and what has queued up comes after it. */
export const recoversWithinMs = 60_000;

// A chat's tree.
const whole = 11;

/** Until Elasticsearch has the trace of each caller, whole. */
export async function allInElasticsearch(stack: Stack, callers: readonly Caller[]): Promise<void> {
  await eventually(async () =>
    [...(await stored(stack, callers))].filter(([, spans]) => spans.size < whole).map(([id]) => id),
  );
}

/** Until Jaeger has the trace of each caller, whole. */
export async function allInJaeger(stack: Stack, callers: readonly Caller[]): Promise<void> {
  const waiting = new Set(callers.map(({ traceId }) => traceId));
  await eventually(async () => {
    for (const id of waiting) if ((await jaegerTrace(stack, id)).length >= whole) waiting.delete(id);
    return [...waiting];
  });
}

/** Spans per trace, by id, as Elasticsearch has them. */
async function stored(stack: Stack, callers: readonly Caller[]): Promise<Map<string, Set<unknown>>> {
  const ids = callers.map(({ traceId }) => traceId);
  const found = await documents(stack, 'traces-ryzanstein.otel-*', { terms: { trace_id: ids } });
  const byTrace = new Map(ids.map((id) => [id, new Set<unknown>()]));
  for (const { source } of found) byTrace.get(String(source.trace_id))?.add(source.span_id);
  return byTrace;
}

/** Until nothing is missing any more. Asks seldom: there is much to read, and the rest has work to do. */
async function eventually(missing: () => Promise<readonly string[]>): Promise<void> {
  const endAt = performance.now() + recoversWithinMs;
  let last = await missing();
  while (last.length > 0 && performance.now() < endAt) {
    await delay(500);
    last = await missing();
  }
  expect(last).toEqual([]);
}
