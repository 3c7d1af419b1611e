import type { RecordedSpan } from '@ryzanstein/tracing/testing';

/** A span and what is below it, as a test declares it. */
export interface SpanTree {
  readonly name: string;
  /** Default: INTERNAL. */
  readonly kind?: RecordedSpan['kind'];
  /** Default: that of the span above. Not compared where no span above has one. */
  readonly service?: string;
  /** Default: UNSET. */
  readonly status?: RecordedSpan['status'];
  /** The keys that are compared; others may be there. Values may be Jest's asymmetric matchers. */
  readonly attributes?: Readonly<Record<string, unknown>>;
  /** Names of all events, in order. Not compared by default. */
  readonly events?: readonly string[];
  /** Number of links. Not compared by default. */
  readonly links?: number;
  /** All spans below, in the order of their starts. Default: none. */
  readonly children?: readonly SpanTree[];
}

interface Matcher {
  asymmetricMatch(value: unknown): boolean;
  toString(): string;
}

/**
 * Compares spans with declared trees.
 *
 * @example
 * expectTree(await recorder.whenIdle(2)).toEqual({
 *   name: 'pkg.Service/Method', kind: 'CLIENT', service: 'caller',
 *   children: [{ name: 'pkg.Service/Method', kind: 'SERVER', attributes: { 'rpc.response.status_code': 'OK' } }],
 * });
 */
export function expectTree(spans: readonly RecordedSpan[]): { toEqual(...trees: SpanTree[]): void } {
  return {
    /** Throws with a line diff where the spans are not exactly these trees, in the order of their starts. */
    toEqual(...trees) {
      const roots = rootsOf(spans);
      const expected = trees.flatMap((tree) => linesOfTree(tree, 0, undefined));
      const actual = roots.flatMap((root, index) => linesOfSpan(root, spans, 0, trees[index], undefined));
      const diff = diffLines(expected, actual);
      if (diff !== undefined)
        throw new Error(`the spans are not the declared tree\n- expected\n+ recorded\n\n${diff}`);
    },
  };
}

function rootsOf(spans: readonly RecordedSpan[]): RecordedSpan[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  return [...spans]
    .sort(byStart)
    .filter(({ parentSpanId }) => parentSpanId === undefined || !ids.has(parentSpanId));
}

function childrenOf(parent: RecordedSpan, spans: readonly RecordedSpan[]): RecordedSpan[] {
  return spans
    .filter(({ traceId, parentSpanId }) => traceId === parent.traceId && parentSpanId === parent.spanId)
    .sort(byStart);
}

function byStart(one: RecordedSpan, other: RecordedSpan): number {
  return one.startEpochMs - other.startEpochMs || one.endEpochMs - other.endEpochMs;
}

function linesOfTree(tree: SpanTree, depth: number, above: string | undefined): string[] {
  const service = tree.service ?? above;
  const head = headOf(tree.name, tree.kind ?? 'INTERNAL', service, tree.status ?? 'UNSET');
  const details = Object.keys(tree.attributes ?? {})
    .sort()
    .map((key) => `${key} = ${shown(tree.attributes?.[key])}`);
  if (tree.events !== undefined) details.push(`events: ${tree.events.join(', ')}`);
  if (tree.links !== undefined) details.push(`links: ${tree.links}`);
  return [
    ...indented(depth, head, details),
    ...(tree.children ?? []).flatMap((child) => linesOfTree(child, depth + 1, service)),
  ];
}

/** The span's lines, showing what `tree` speaks of and nothing else. */
function linesOfSpan(
  span: RecordedSpan,
  spans: readonly RecordedSpan[],
  depth: number,
  tree: SpanTree | undefined,
  above: string | undefined,
): string[] {
  const declared = tree?.service ?? above;
  const head = headOf(
    span.name,
    span.kind,
    tree !== undefined && declared === undefined ? undefined : span.service,
    span.status,
  );
  const details = Object.keys(tree?.attributes ?? {})
    .sort()
    .map((key) => `${key} = ${matched(tree?.attributes?.[key], span.attributes[key])}`);
  if (tree?.events !== undefined) details.push(`events: ${span.events.map(({ name }) => name).join(', ')}`);
  if (tree?.links !== undefined) details.push(`links: ${span.links.length}`);
  const reason =
    span.status === 'ERROR' && tree?.status !== 'ERROR' ? [`(${span.statusMessage ?? 'no message'})`] : [];
  const children = childrenOf(span, spans);
  return [
    ...indented(depth, head, [...details, ...reason]),
    ...children.flatMap((child, index) =>
      linesOfSpan(child, spans, depth + 1, tree?.children?.[index], declared),
    ),
  ];
}

function headOf(name: string, kind: string, service: string | undefined, status: string): string {
  return [name, kind, ...(service === undefined ? [] : [service]), status].join('  ');
}

function indented(depth: number, head: string, details: readonly string[]): string[] {
  const margin = '  '.repeat(depth);
  return [`${margin}${head}`, ...details.map((detail) => `${margin}    ${detail}`)];
}

/** The declared value where the recorded one satisfies it, so that equal lines are equal texts. */
function matched(declared: unknown, recorded: unknown): string {
  if (isMatcher(declared)) return declared.asymmetricMatch(recorded) ? shown(declared) : shown(recorded);
  return shown(recorded);
}

function isMatcher(value: unknown): value is Matcher {
  return typeof (value as Matcher | undefined)?.asymmetricMatch === 'function';
}

function shown(value: unknown): string {
  if (isMatcher(value)) return `<${value.toString()}>`;
  return value === undefined ? 'absent' : JSON.stringify(value);
}

/** The two texts merged, or undefined where they are equal. */
function diffLines(expected: readonly string[], actual: readonly string[]): string | undefined {
  if (expected.length === actual.length && expected.every((line, index) => line === actual[index]))
    return undefined;
  // Longest common subsequence; trees in tests are small.
  const common = Array.from({ length: expected.length + 1 }, () =>
    new Array<number>(actual.length + 1).fill(0),
  );
  const at = (i: number, j: number) => common[i]?.[j] ?? 0;
  for (let i = expected.length - 1; i >= 0; i -= 1) {
    for (let j = actual.length - 1; j >= 0; j -= 1) {
      const best = expected[i] === actual[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
      (common[i] as number[])[j] = best;
    }
  }
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < expected.length || j < actual.length) {
    if (i < expected.length && j < actual.length && expected[i] === actual[j]) {
      lines.push(`  ${expected[i]}`);
      i += 1;
      j += 1;
    } else if (j >= actual.length || (i < expected.length && at(i + 1, j) >= at(i, j + 1))) {
      lines.push(`- ${expected[i]}`);
      i += 1;
    } else {
      lines.push(`+ ${actual[j]}`);
      j += 1;
    }
  }
  return lines.join('\n');
}
