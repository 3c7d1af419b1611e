import type { Span } from '@ryzanstein/trace-analysis';

const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
// The three phases of a generation follow each other: told apart by shade, not by place alone.
const shades: Readonly<Record<string, string>> = { queue: '░', prefill: '▒', decode: '▓' };

/** The span's time as a bar of at most `width` cells, placed where it lies in the trace. */
export function barOf(span: Span, trace: { startNs: bigint; endNs: bigint }, width: number): string {
  const total = Number(trace.endNs - trace.startNs);
  const position = (timeNs: bigint): number =>
    total === 0 ? 0 : Math.min(width, Math.max(0, (Number(timeNs - trace.startNs) / total) * width));
  const start = position(span.startNs);
  const end = position(span.endNs);
  const first = Math.min(Math.round(start), width - 1);
  const shade = shades[span.name];
  const cells = [...(shade === undefined ? solid(end - start) : shaded(shade, first, end))].slice(
    0,
    width - first,
  );
  const token = span.events.find((event) => event.name === 'first_token');
  if (token !== undefined) {
    const index = Math.round(position(token.timeNs)) - first;
    if (index >= 0 && index < cells.length) cells[index] = '◆';
  }
  return ' '.repeat(first) + cells.join('');
}

function solid(length: number): string {
  const parts = Math.max(1, Math.round(length * 8));
  return '█'.repeat(Math.floor(parts / 8)) + (eighths[parts % 8] ?? '');
}

function shaded(shade: string, first: number, end: number): string {
  return shade.repeat(Math.max(1, Math.round(end) - first));
}
