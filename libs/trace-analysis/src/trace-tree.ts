import { textAttribute, type Span } from './span.ts';

const edgeService = 'ryzanstein-api';

/** A span and the spans that it is the parent of, in order of their start. */
export interface TraceNode {
  readonly span: Span;
  readonly children: readonly TraceNode[];
  /** Its parent should be in this trace and is not. */
  readonly orphan: boolean;
}

/** A trace as a forest: one root where everything arrived. */
export interface Trace {
  readonly traceId: string;
  /** The root first, then orphans, each in order of their start. */
  readonly roots: readonly TraceNode[];
  readonly spanCount: number;
  /** In the order in which the tree first names them. */
  readonly services: readonly string[];
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** The root's parent, where a caller began the trace without recording a span of its own here. */
  readonly callerSpanId?: string;
  /** How many spans have a parent that is not in the trace. */
  readonly orphanCount: number;
  /** Calls between services of the mesh whose other side has no span. */
  readonly unansweredCount: number;
}

/** Builds the tree of one trace; undefined for no spans. */
export function buildTrace(spans: readonly Span[]): Trace | undefined {
  const first = spans[0];
  if (first === undefined) return undefined;
  const ordered = spans.filter((span) => span.traceId === first.traceId).sort(byStart);
  const known = new Set(ordered.map((span) => span.spanId));
  const childrenOf = new Map<string, Span[]>();
  const tops: Span[] = [];
  for (const span of ordered) {
    const parent = span.parentSpanId;
    if (parent === undefined || !known.has(parent) || parent === span.spanId) tops.push(span);
    else childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), span]);
  }
  const placed = new Set<string>();
  const grow = (span: Span, orphan: boolean): TraceNode => {
    placed.add(span.spanId);
    const children = (childrenOf.get(span.spanId) ?? []).filter((child) => !placed.has(child.spanId));
    return { span, orphan, children: children.map((child) => grow(child, false)) };
  };
  const root = rootOf(tops);
  const roots = (root === undefined ? [] : [grow(root, false)]).concat(
    // A caller that records nothing here may have made several calls.
    tops
      .filter((span) => span !== root)
      .map((span) => grow(span, span.parentSpanId !== undefined && span.parentSpanId !== root?.parentSpanId)),
  );
  // Spans that name each other as parents hang below no top.
  for (const span of ordered) if (!placed.has(span.spanId)) roots.push(grow(span, true));
  const nodes = roots.flatMap(flatten);
  return {
    traceId: first.traceId,
    roots,
    spanCount: nodes.length,
    services: [...new Set(nodes.map((node) => node.span.service))],
    startNs: nodes.reduce((start, { span }) => (span.startNs < start ? span.startNs : start), first.startNs),
    endNs: nodes.reduce((end, { span }) => (span.endNs > end ? span.endNs : end), first.endNs),
    ...(root?.parentSpanId === undefined ? {} : { callerSpanId: root.parentSpanId }),
    orphanCount: nodes.filter((node) => node.orphan).length,
    unansweredCount: nodes.filter(isUnanswered).length,
  };
}

/** True where no span misses its parent and no call between services misses its other side. */
export function isWhole(trace: Trace): boolean {
  return (
    trace.orphanCount === 0 &&
    trace.unansweredCount === 0 &&
    (trace.callerSpanId === undefined || trace.roots[0]?.span.service === edgeService)
  );
}

/** All spans of a tree, each before its children. */
export function flatten(node: TraceNode): TraceNode[] {
  return [node, ...node.children.flatMap(flatten)];
}

// The span without a parent; or the first that a caller outside of this trace's store asked for.
function rootOf(tops: readonly Span[]): Span | undefined {
  return (
    tops.find((span) => span.parentSpanId === undefined) ??
    tops.find((span) => span.kind === 'server' || span.kind === 'consumer')
  );
}

// A call that failed may never have reached the other side.
function isUnanswered({ span, children }: TraceNode): boolean {
  return (
    span.kind === 'client' &&
    span.status !== 'error' &&
    children.length === 0 &&
    (textAttribute(span.attributes, 'rpc.method') ?? span.name).startsWith('ryzanstein.')
  );
}

function byStart(a: Span, b: Span): number {
  if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1;
  // Of two that start together the longer one is read first.
  if (a.endNs !== b.endNs) return a.endNs > b.endNs ? -1 : 1;
  return a.spanId < b.spanId ? -1 : 1;
}
