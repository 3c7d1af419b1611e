import { plainText, type KeyValue } from './otlp-value.ts';
import type { LinkTarget, OtlpLog, OtlpSpan, ReverseLink, TraceAnswer } from './trace-answer.ts';

/** The parts of a request that have a look of their own. */
export type Phase = 'wait' | 'queue' | 'prefill' | 'decode';

/** A log line with its place; offsets are microseconds from the trace's start. */
export interface LogLine {
  readonly offsetUs: number;
  readonly severity: string;
  readonly service: string;
  readonly message: string;
  readonly spanId: string;
  readonly attributes: readonly KeyValue[];
}

/** A span in the tree; offsets are microseconds from the trace's start. */
export interface SpanNode {
  readonly id: string;
  readonly span: TraceAnswer['spans'][number];
  readonly offsetUs: number;
  readonly durationUs: number;
  /** Time in which no child ran. */
  readonly selfUs: number;
  readonly error: boolean;
  readonly phase: Phase | undefined;
  readonly events: readonly { name: string; offsetUs: number; attributes: readonly KeyValue[] }[];
  readonly logs: readonly LogLine[];
  readonly linkedFrom: readonly ReverseLink[];
  readonly children: readonly SpanNode[];
}

/** Where a tree starts: a root, or a parent that has not arrived with the spans that name it. */
export interface Tree {
  readonly missingParentId: string;
  readonly nodes: readonly SpanNode[];
}

/** A trace, ready to be drawn. */
export interface TraceModel {
  readonly traceId: string;
  readonly startMs: number;
  readonly durationUs: number;
  readonly trees: readonly Tree[];
  readonly byId: ReadonlyMap<string, SpanNode>;
  readonly root: SpanNode | undefined;
  readonly requestId: string;
  readonly services: readonly { readonly name: string; readonly spanCount: number }[];
  readonly errorCount: number;
  readonly logs: readonly LogLine[];
  readonly resources: TraceAnswer['resources'];
  /** What links point to, by span id. */
  readonly linkTargets: ReadonlyMap<string, LinkTarget>;
}

const phases: Readonly<Record<string, Phase>> = {
  'gpu.lease.wait': 'wait',
  queue: 'queue',
  prefill: 'prefill',
  decode: 'decode',
};

/** The text of an attribute, or '' where there is none of that key. */
export function attribute(attributes: readonly KeyValue[] | undefined, key: string): string {
  const found = attributes?.find((entry) => entry.key === key);
  return found === undefined ? '' : plainText(found.value);
}

/** Builds the tree; spans that name each other as parents are shown as if their parent were missing. */
export function buildTrace(answer: TraceAnswer): TraceModel {
  const nanos = [
    ...answer.spans.map((span) => BigInt(span.startTimeUnixNano)),
    ...(answer.spans.length === 0 ? answer.logs.map((log) => BigInt(log.timeUnixNano)) : []),
  ];
  const start = nanos.reduce((a, b) => (b < a ? b : a), nanos[0] ?? 0n);
  const offset = (nano: string): number => Number(BigInt(nano) - start) / 1e3;

  const logs = answer.logs.map((log): LogLine => {
    return {
      offsetUs: offset(log.timeUnixNano),
      severity: severityOf(log),
      service: log.service,
      message: plainText(log.body) === 'null' ? (log.eventName ?? '') : plainText(log.body),
      spanId: log.spanId ?? '',
      attributes: log.attributes ?? [],
    };
  });
  const logsOf = Map.groupBy(logs, (log) => log.spanId);
  const linkedFrom = Map.groupBy(answer.linkedFrom, (link) => link.toSpanId);
  const spansOf = Map.groupBy(answer.spans, (span) => span.parentSpanId ?? '');
  const known = new Set(answer.spans.map((span) => span.spanId));
  const byId = new Map<string, SpanNode>();

  const nodeOf = (span: TraceAnswer['spans'][number]): SpanNode => {
    const offsetUs = offset(span.startTimeUnixNano);
    const durationUs = Math.max(0, offset(span.endTimeUnixNano) - offsetUs);
    const node: SpanNode = {
      id: span.spanId,
      span,
      offsetUs,
      durationUs,
      selfUs: selfTime(offsetUs, offsetUs + durationUs, spansOf.get(span.spanId) ?? [], offset),
      error: span.status.code === 2,
      phase: phases[span.name],
      events: (span.events ?? []).map((event) => ({
        name: event.name,
        offsetUs: offset(event.timeUnixNano),
        attributes: event.attributes ?? [],
      })),
      logs: logsOf.get(span.spanId) ?? [],
      linkedFrom: linkedFrom.get(span.spanId) ?? [],
      children: [],
    };
    byId.set(node.id, node);
    return node;
  };
  /** The spans with all below them; no recursion, so that no depth can break it. */
  const grow = (tops: readonly TraceAnswer['spans'][number][]): SpanNode[] => {
    const nodes = tops.filter((span) => !byId.has(span.spanId)).map(nodeOf);
    const open = [...nodes];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const children = (spansOf.get(node.id) ?? []).filter((span) => !byId.has(span.spanId)).map(nodeOf);
      (node.children as SpanNode[]).push(...children);
      open.push(...children);
    }
    return nodes;
  };

  const trees: Tree[] = grow(spansOf.get('') ?? []).map((node) => ({ missingParentId: '', nodes: [node] }));
  for (const [parentId, spans] of spansOf)
    if (parentId !== '' && !known.has(parentId))
      trees.push({ missingParentId: parentId, nodes: grow(spans) });
  for (const span of answer.spans)
    if (!byId.has(span.spanId)) trees.push({ missingParentId: span.parentSpanId ?? '', nodes: grow([span]) });

  const all = [...byId.values()];
  const root = trees.find((tree) => tree.missingParentId === '')?.nodes[0];
  const counts = Map.groupBy(answer.spans, (span) => span.service);
  return {
    traceId: answer.traceId,
    startMs: Number(start / 1000n) / 1e3,
    durationUs: all.reduce((end, node) => Math.max(end, node.offsetUs + node.durationUs), 0),
    trees,
    byId,
    root,
    requestId:
      all.map((node) => attribute(node.span.attributes, 'request.id')).find((id) => id !== '') ??
      answer.logs.map((log) => attribute(log.attributes, 'request_id')).find((id) => id !== '') ??
      '',
    services: [...counts].map(([name, spans]) => ({ name, spanCount: spans.length })),
    errorCount: all.filter((node) => node.error).length,
    logs,
    resources: answer.resources,
    linkTargets: new Map(answer.linkTargets.map((target) => [target.spanId, target])),
  };
}

function severityOf(log: OtlpLog): string {
  if (log.severityText !== undefined) return log.severityText.toUpperCase();
  const number = log.severityNumber ?? 9;
  return ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'][Math.ceil(number / 4) - 1] ?? 'INFO';
}

/** The part of from–to that no child covers; children may overlap and stand out. */
function selfTime(
  from: number,
  to: number,
  children: readonly OtlpSpan[],
  offset: (nano: string) => number,
): number {
  const ranges = children
    .map((child) => [offset(child.startTimeUnixNano), offset(child.endTimeUnixNano)] as const)
    .sort((a, b) => a[0] - b[0]);
  let covered = 0;
  let reached = from;
  for (const [start, end] of ranges) {
    const begin = Math.max(start, reached);
    const stop = Math.min(end, to);
    if (stop > begin) {
      covered += stop - begin;
      reached = stop;
    }
  }
  return Math.max(0, to - from - covered);
}

/** A line of the waterfall. */
export type Row =
  | { readonly kind: 'span'; readonly id: string; readonly depth: number; readonly node: SpanNode }
  | {
      readonly kind: 'missing';
      readonly id: string;
      readonly depth: number;
      readonly parentId: string;
      readonly children: number;
    };

/** The lines that show, in order, when the rows in `collapsed` hide what is below them. */
export function visibleRows(model: TraceModel, collapsed: ReadonlySet<string>): Row[] {
  const rows: Row[] = [];
  const push = (nodes: readonly SpanNode[], depth: number): void => {
    const open = nodes.map((node) => ({ node, depth })).reverse();
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      const { node, depth: level } = at;
      rows.push({ kind: 'span', id: node.id, depth: level, node });
      if (!collapsed.has(node.id))
        for (const child of node.children.toReversed()) open.push({ node: child, depth: level + 1 });
    }
  };
  for (const { missingParentId, nodes } of model.trees) {
    if (missingParentId === '') push(nodes, 0);
    else {
      const id = `missing-${missingParentId}-${nodes[0]?.id ?? ''}`;
      rows.push({ kind: 'missing', id, depth: 0, parentId: missingParentId, children: nodes.length });
      if (!collapsed.has(id)) push(nodes, 1);
    }
  }
  return rows;
}

/** Where the time of a request went: its phases, and what is left of the root. */
export function timeSpent(model: TraceModel): { name: Phase | 'other'; durationUs: number }[] {
  const spent = new Map<Phase, number>();
  for (const { phase, durationUs } of model.byId.values())
    if (phase !== undefined) spent.set(phase, (spent.get(phase) ?? 0) + durationUs);
  if (spent.size === 0 || model.root === undefined) return [];
  const order: Phase[] = ['wait', 'queue', 'prefill', 'decode'];
  const parts = order.flatMap((name) => {
    const durationUs = spent.get(name);
    return durationUs === undefined ? [] : [{ name, durationUs }];
  });
  const rest = model.root.durationUs - parts.reduce((sum, part) => sum + part.durationUs, 0);
  return rest > 0 ? [...parts, { name: 'other', durationUs: rest }] : parts;
}
