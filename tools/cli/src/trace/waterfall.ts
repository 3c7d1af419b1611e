import {
  durationText,
  flatten,
  textAttribute,
  type Span,
  type Trace,
  type TraceNode,
} from '@ryzanstein/trace-analysis';
import pc from 'picocolors';
import { fitted, padded, printable } from './printable.ts';
import { barOf } from './span-bar.ts';
import { detailsOf, type Detail } from './span-details.ts';
import type { LogLine } from './stored-logs.ts';

export interface WaterfallOptions {
  /** Columns of the terminal; no line is longer. */
  readonly width: number;
  readonly colors: boolean;
  /** Shown below the spans that they belong to; the rest at the end. */
  readonly logs?: readonly LogLine[];
}

interface Row {
  readonly node: TraceNode;
  readonly label: string;
  /** Tree lines that continue below this row. */
  readonly guide: string;
}

interface Layout {
  readonly label: number;
  readonly service: number;
  readonly duration: number;
  readonly bar: number;
}

type Colors = ReturnType<typeof pc.createColors>;
type Paint = (text: string) => string;

const gap = '  ';
const smallestLabel = 28;
const smallestBar = 12;
const widestBar = 64;

/** Draws a trace as lines of text: one row per span, and below it how it ended, events, links and logs. */
export function renderWaterfall(trace: Trace, options: WaterfallOptions): string[] {
  const colors = pc.createColors(options.colors);
  const width = Math.max(20, options.width);
  const paints = servicePaints(trace, colors);
  const paintOf = (service: string): Paint => paints.get(service) ?? ((text) => text);
  const short = shortNames(trace.services);
  const rows = trace.roots.flatMap((root) => rowsOf(root, '', ''));
  const layout = layoutFor(rows, [...short.values()], width);
  const logs = logsBySpan(trace, options.logs ?? []);

  const lines = [...header(trace, width, colors, paintOf), ...axis(trace, layout, colors)];
  for (const row of rows) {
    const { span } = row.node;
    const paint = paintOf(span.service);
    const cells = [
      paint(padded(row.label, layout.label)),
      ...(layout.service > 0
        ? [colors.dim(padded(short.get(span.service) ?? span.service, layout.service))]
        : []),
      durationText(span.endNs - span.startNs).padStart(layout.duration),
      ...(layout.bar > 0 ? [paint(barOf(span, trace, layout.bar))] : []),
    ];
    lines.push(cells.join(gap).trimEnd());
    for (const detail of rowDetails(row.node, logs.get(span.spanId) ?? [], trace))
      lines.push(tone(colors, detail)(fitted(row.guide + detail.text, width)));
  }
  const loose = logs.get('') ?? [];
  for (const log of loose) lines.push(colors.dim(fitted(logText(log, trace), width)));
  return [...lines, ...footer(trace, width, colors)];
}

function header(trace: Trace, width: number, colors: Colors, paintOf: (service: string) => Paint): string[] {
  const requestId = trace.roots
    .flatMap(flatten)
    .map((node) => textAttribute(node.span.attributes, 'request.id'))
    .find((id) => id !== undefined);
  const facts = [
    durationText(trace.endNs - trace.startNs),
    counted(trace.spanCount, 'span'),
    ...(requestId === undefined ? [] : [`request ${printable(requestId)}`]),
  ];
  return [
    colors.bold(fitted(`trace ${trace.traceId}`, width)),
    fitted(facts.join(' · '), width),
    ...legend(trace, width, paintOf),
    '',
  ];
}

function legend(trace: Trace, width: number, paintOf: (service: string) => Paint): string[] {
  const lines: string[] = [];
  let used = width;
  for (const service of trace.services) {
    const name = fitted(`● ${printable(service)}`, width);
    const entry = paintOf(service)(name);
    if (used + gap.length + name.length > width) {
      lines.push(entry);
      used = name.length;
    } else {
      lines.push(`${lines.pop() ?? ''}${gap}${entry}`);
      used += gap.length + name.length;
    }
  }
  return lines;
}

function axis(trace: Trace, layout: Layout, colors: Colors): string[] {
  if (layout.bar === 0) return [];
  const total = durationText(trace.endNs - trace.startNs);
  const offset = layout.label + layout.service + layout.duration + 3 * gap.length;
  return [`${' '.repeat(offset)}${colors.dim(`0${total.padStart(layout.bar - 1)}`)}`];
}

function footer(trace: Trace, width: number, colors: Colors): string[] {
  const notes: string[] = [];
  if (trace.orphanCount > 0) {
    const spans = counted(trace.orphanCount, 'span');
    notes.push(`${spans} marked ? below a parent that is not in the trace: it is incomplete`);
  }
  if (trace.unansweredCount > 0)
    notes.push(`${counted(trace.unansweredCount, 'call')} without a span of the service that was called`);
  return notes.map((note) => colors.yellow(fitted(note, width)));
}

function rowsOf(node: TraceNode, lead: string, below: string): Row[] {
  const { span, children, orphan } = node;
  const label = `${lead}${orphan ? '? ' : ''}${displayName(span)}`;
  const guide = `${below}${children.length > 0 ? '│  ' : '   '}`;
  return [
    { node, label, guide },
    ...children.flatMap((child, index) => {
      const last = index === children.length - 1;
      return rowsOf(child, `${below}${last ? '└─ ' : '├─ '}`, `${below}${last ? '   ' : '│  '}`);
    }),
  ];
}

/** `LlmService/Chat` for `ryzanstein.api.v1.LlmService/Chat`, and an arrow where the call goes out. */
function displayName(span: Span): string {
  const name = span.name.replace(/^(?:[a-z][a-z0-9_]*\.)+(?=[A-Z]\w*\/)/, '');
  return printable(span.kind === 'client' ? `→ ${name}` : name);
}

function rowDetails(node: TraceNode, logs: readonly LogLine[], trace: Trace): Detail[] {
  const missing: Detail[] = node.orphan
    ? [{ text: `? its parent ${node.span.parentSpanId} is missing`, tone: 'warning' }]
    : [];
  return [...missing, ...detailsOf(node.span), ...logs.map((log) => logDetail(log, trace))];
}

function logDetail(log: LogLine, trace: Trace): Detail {
  const level = log.level.toLowerCase();
  const tone = level === 'error' || level === 'fatal' ? 'error' : level === 'warn' ? 'warning' : 'plain';
  return { text: logText(log, trace), tone };
}

function logText(log: LogLine, trace: Trace): string {
  const since = log.timeNs < trace.startNs ? 0n : log.timeNs - trace.startNs;
  return printable(`¶ ${durationText(since)} ${log.level.toLowerCase()} ${log.message} (${log.service})`);
}

function logsBySpan(trace: Trace, logs: readonly LogLine[]): Map<string, LogLine[]> {
  const known = new Set(trace.roots.flatMap(flatten).map((node) => node.span.spanId));
  const grouped = new Map<string, LogLine[]>();
  for (const log of [...logs].sort((a, b) => (a.timeNs < b.timeNs ? -1 : a.timeNs > b.timeNs ? 1 : 0))) {
    const key = log.spanId !== undefined && known.has(log.spanId) ? log.spanId : '';
    grouped.set(key, [...(grouped.get(key) ?? []), log]);
  }
  return grouped;
}

function layoutFor(rows: readonly Row[], serviceNames: readonly string[], width: number): Layout {
  const natural = Math.max(...rows.map((row) => [...row.label].length));
  const duration = Math.max(
    ...rows.map(({ node }) => durationText(node.span.endNs - node.span.startNs).length),
  );
  const service = Math.min(16, Math.max(...serviceNames.map((name) => name.length)));
  const rest = width - duration - service - 3 * gap.length;
  const label = Math.min(natural, rest - smallestBar);
  if (label >= Math.min(natural, smallestLabel))
    return { label, service, duration, bar: Math.min(rest - label, widestBar) };
  const withoutBar = width - duration - service - 2 * gap.length;
  if (withoutBar >= Math.min(natural, smallestLabel))
    return { label: Math.min(natural, withoutBar), service, duration, bar: 0 };
  return { label: Math.min(natural, width - duration - gap.length), service: 0, duration, bar: 0 };
}

function servicePaints(trace: Trace, colors: Colors): Map<string, Paint> {
  const palette = [colors.cyan, colors.magenta, colors.yellow, colors.green, colors.blue];
  return new Map(
    trace.services.map((service, index) => [service, palette[index % palette.length] ?? colors.cyan]),
  );
}

// `ryzanstein-api` and `ryzanstein-gpu` differ after the dash alone.
function shortNames(services: readonly string[]): Map<string, string> {
  const prefix = /^[^-]+-/.exec(services[0] ?? '')?.[0];
  const shared = prefix !== undefined && services.every((service) => service.startsWith(prefix));
  return new Map(
    services.map((service) => [service, printable(shared ? service.slice(prefix.length) : service)]),
  );
}

function tone(colors: Colors, detail: Detail): Paint {
  return { error: colors.red, warning: colors.yellow, plain: colors.dim }[detail.tone];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
