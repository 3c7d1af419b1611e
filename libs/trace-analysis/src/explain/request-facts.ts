import { failureOf, requestFailureOf, roleOf } from '../mesh-span.ts';
import { numberAttribute, textAttribute, type Span } from '../span.ts';
import { flatten, type Trace, type TraceNode } from '../trace-tree.ts';

/** A request's spans, found by what they are. */
export interface RequestFacts {
  readonly root: TraceNode;
  /** The root is a stand-in that spans all that is there. */
  readonly rootMissing: boolean;
  /** Spans whose parent is not in the trace. */
  readonly orphans: readonly TraceNode[];
  readonly nodes: readonly TraceNode[];
  readonly parentOf: ReadonlyMap<TraceNode, TraceNode>;
  /** The api-server's own span of the request. */
  readonly edge: TraceNode | undefined;
  /** Calls of Acquire and Generate in the order of their start. */
  readonly attempts: readonly TraceNode[];
  /** Attempts that failed and were followed by another. */
  readonly failed: ReadonlySet<TraceNode>;
  /** The last Generate: the one that served it, or failed it. */
  readonly generate: TraceNode | undefined;
  /** The waits of the attempts that counted. */
  readonly waits: readonly Span[];
  readonly generation: Span | undefined;
  readonly queue: Span | undefined;
  readonly prefill: Span | undefined;
  readonly decode: Span | undefined;
  readonly releases: readonly Span[];
  /** The gRPC status of the whole request where it is not OK. */
  readonly failure: string | undefined;
  readonly operation: string;
  readonly model: string | undefined;
  readonly requestId: string | undefined;
}

/** Undefined for a trace without a single span. */
export function requestFacts(trace: Trace): RequestFacts | undefined {
  const first = trace.roots[0];
  if (first === undefined) return undefined;
  const rootMissing = isInside(first);
  const root = rootMissing ? standIn(trace.roots) : first;
  const orphans = rootMissing ? [] : trace.roots.filter((node) => node.orphan);
  const nodes = [root, ...orphans].flatMap(flatten);
  const parentOf = new Map(nodes.flatMap((node) => node.children.map((child) => [child, node] as const)));
  const edge = nodes.find(({ span }) => roleOf(span) === 'edge');
  const attempts = nodes
    .filter(({ span }) => span.kind === 'client' && ['acquire', 'generate'].includes(roleOf(span)))
    .sort((a, b) => (a.span.startNs < b.span.startNs ? -1 : 1));
  const failed = new Set(
    attempts.filter(
      ({ span }, index) =>
        failureOf(span) !== undefined &&
        attempts.slice(index + 1).some((later) => roleOf(later.span) === roleOf(span)),
    ),
  );
  // A grant whose Generate was refused is part of that attempt's loss only in what came after it.
  const counted = nodes.filter((node) => !hasAncestor(node, failed, parentOf));
  const last = (role: ReturnType<typeof roleOf>): Span | undefined =>
    counted.findLast(({ span }) => roleOf(span) === role)?.span;
  const generation = last('generation');
  const subject = edge?.span ?? root.span;
  const model =
    textAttribute(subject.attributes, 'ryzanstein.model') ??
    (generation && textAttribute(generation.attributes, 'ryzanstein.model'));
  return {
    root,
    rootMissing,
    orphans,
    nodes,
    parentOf,
    edge,
    attempts,
    failed,
    generate: attempts.findLast(({ span }) => roleOf(span) === 'generate'),
    waits: counted.filter(({ span }) => roleOf(span) === 'wait').map(({ span }) => span),
    generation,
    queue: last('queue'),
    prefill: last('prefill'),
    decode: last('decode'),
    releases: nodes
      .filter(({ span }) => roleOf(span) === 'release' && span.kind === 'server')
      .map(({ span }) => span),
    failure: requestFailureOf(edge ?? root),
    operation: subject.name,
    model,
    requestId: nodes
      .map(({ span }) => textAttribute(span.attributes, 'request.id'))
      .find((id) => id !== undefined),
  };
}

/** True where one of the spans above it, or it itself, is among these. */
export function hasAncestor(
  node: TraceNode,
  among: ReadonlySet<TraceNode>,
  parentOf: ReadonlyMap<TraceNode, TraceNode>,
): boolean {
  for (let at: TraceNode | undefined = node; at !== undefined; at = parentOf.get(at))
    if (among.has(at)) return true;
  return false;
}

/** Prompt tokens that were computed, and tokens of the answer; undefined where no span tells. */
export function tokensOf({ generation, prefill }: RequestFacts): {
  input: number | undefined;
  cached: number;
  output: number | undefined;
} {
  const of = (span: Span | undefined, key: string): number | undefined =>
    span && numberAttribute(span.attributes, key);
  return {
    input: of(generation, 'ryzanstein.tokens.input') ?? of(generation, 'gen_ai.usage.input_tokens'),
    cached:
      of(prefill, 'ryzanstein.tokens.cached') ?? of(generation, 'gen_ai.usage.cache_read.input_tokens') ?? 0,
    output: of(generation, 'ryzanstein.tokens.output') ?? of(generation, 'gen_ai.usage.output_tokens'),
  };
}

// The mesh makes these only for a request, whose own span would stand above.
function isInside({ span, orphan }: TraceNode): boolean {
  return orphan || (span.parentSpanId !== undefined && !['edge', 'other'].includes(roleOf(span)));
}

function standIn(roots: readonly TraceNode[]): TraceNode {
  const spans = roots
    .flatMap(flatten)
    .map(({ span }) => span)
    .filter((span, _, all) => roleOf(span) !== 'release' || all.every((one) => roleOf(one) === 'release'));
  const [first] = spans;
  if (first === undefined) throw new Error('a trace has at least one span');
  return {
    orphan: false,
    children: roots,
    span: {
      traceId: first.traceId,
      spanId: '',
      name: 'request',
      kind: 'unspecified',
      service: '',
      startNs: spans.reduce((start, span) => (span.startNs < start ? span.startNs : start), first.startNs),
      endNs: spans.reduce((end, span) => (span.endNs > end ? span.endNs : end), first.endNs),
      attributes: {},
      events: [],
      links: [],
      status: 'unset',
    },
  };
}
