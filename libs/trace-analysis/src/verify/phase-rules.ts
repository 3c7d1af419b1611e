import { durationTextMs, millisecondsBetween } from '../duration-text.ts';
import { roleOf } from '../mesh-span.ts';
import { numberAttribute, type Span } from '../span.ts';
import { flatten, type Trace, type TraceNode } from '../trace-tree.ts';
import { isClose, type CheckList } from './violation.ts';

/** The phases of each generation, and both times to the first token. */
export function checkPhases(trace: Trace, list: CheckList): void {
  const nodes = trace.roots.flatMap(flatten);
  const generations = nodes.filter(({ span }) => roleOf(span) === 'generation');
  for (const node of generations) checkGeneration(node, list);
  const edge = nodes.find(({ span }) => roleOf(span) === 'edge')?.span;
  const last = generations.at(-1)?.span;
  if (edge !== undefined) checkEdge(edge, last, list);
}

function checkGeneration({ span, children }: TraceNode, list: CheckList): void {
  const phases = children.map((child) => child.span).filter(isPhase);
  const [first] = phases;
  // The phases of what another server runs are that server's to tell.
  if (first === undefined || span.kind === 'client') return;
  const sumMs = phases.reduce((sum, phase) => sum + lengthOf(phase), 0);
  list.check(
    'phases_sum',
    isClose(sumMs, lengthOf(span)),
    () => `the phases of ${span.name} are ${durationTextMs(sumMs)} of ${durationTextMs(lengthOf(span))}`,
    span.spanId,
  );
  const edges = [span.startNs, ...phases.flatMap(({ startNs, endNs }) => [startNs, endNs]), span.endNs];
  for (let index = 0; index < edges.length; index += 2) {
    const gapMs = millisecondsBetween(edges[index] ?? 0n, edges[index + 1] ?? 0n);
    const before = phases[index / 2 - 1]?.name ?? `the start of ${span.name}`;
    const after = phases[index / 2]?.name ?? `the end of ${span.name}`;
    list.check(
      'phases_touch',
      Math.abs(gapMs) <= Math.max(1, lengthOf(span) / 100),
      () =>
        `${durationTextMs(Math.abs(gapMs))} ${gapMs < 0 ? 'overlap' : 'gap'} between ${before} and ${after}`,
      span.spanId,
    );
  }
  const toldS = numberAttribute(span.attributes, 'gen_ai.latency.time_to_first_token');
  if (toldS === undefined) return;
  const seenMs = phases
    .filter(({ name }) => name !== 'decode')
    .reduce((sum, phase) => sum + lengthOf(phase), 0);
  list.check(
    'engine_first_token',
    isClose(toldS * 1_000, seenMs),
    () =>
      `${span.name} tells ${durationTextMs(toldS * 1_000)} to its first token; queue and prefill are ${durationTextMs(seenMs)}`,
    span.spanId,
  );
}

function checkEdge(edge: Span, generation: Span | undefined, list: CheckList): void {
  const edgeMs = numberAttribute(edge.attributes, 'ryzanstein.latency.ttft_ms');
  const engineS = generation && numberAttribute(generation.attributes, 'gen_ai.latency.time_to_first_token');
  if (edgeMs === undefined) return;
  if (engineS !== undefined)
    list.check(
      'edge_first_token',
      edgeMs + 1 >= engineS * 1_000,
      () =>
        `the first token left the edge after ${durationTextMs(edgeMs)}, before the engine had it (${durationTextMs(engineS * 1_000)})`,
      edge.spanId,
    );
  const totalMs = numberAttribute(edge.attributes, 'ryzanstein.latency.total_ms');
  if (totalMs === undefined) return;
  list.check(
    'edge_first_token',
    edgeMs <= totalMs,
    () => `the first token came after ${durationTextMs(edgeMs)}, the last after ${durationTextMs(totalMs)}`,
    edge.spanId,
  );
}

function isPhase(span: Span): boolean {
  return ['queue', 'prefill', 'decode'].includes(roleOf(span));
}

function lengthOf({ startNs, endNs }: Span): number {
  return millisecondsBetween(startNs, endNs);
}
