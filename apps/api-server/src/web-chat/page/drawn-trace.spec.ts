import { otlpJson, testSpan } from '@ryzanstein/trace-analysis/testing';
import { buildTrace, visibleRows } from '@ryzanstein/trace-view';
import { advance, newTurn } from './conversation.ts';
import { drawnTrace, readStored, type Stored } from './drawn-trace.ts';
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const startMs = 1_700_000_000_000;
const asked = newTurn({ traceId, spanId: 'page', model: 'tiny', prompt: 'Hi' }, startMs);
const answered = advance(asked, { kind: 'text', text: 'a' }, startMs + 40);

const root = testSpan('a1', 'POST /v1/chat/completions', [2, 100], { kind: 'server', parentSpanId: 'page' });
const acquire = testSpan('a2', 'Acquire', [4, 20], { kind: 'client', parentSpanId: 'a1' });
const served = testSpan('b1', 'Acquire', [5, 18], {
  kind: 'server',
  service: 'ryzanstein-gpu',
  parentSpanId: 'a2',
});

const storedOf = (...spans: Parameters<typeof otlpJson>[0]): Stored =>
  readStored({ result: otlpJson(spans) }, traceId);

/** The rows as they are drawn; what the page saw itself in brackets. */
function drawn(
  turn: typeof asked,
  stored: Stored | undefined,
  settled = false,
  nowMs = startMs + 60,
): string[] {
  return visibleRows(buildTrace(drawnTrace(turn, stored, settled, nowMs)), new Set()).map((row) => {
    const indent = '  '.repeat(row.depth);
    if (row.kind === 'missing') return `${indent}missing`;
    const { span, offsetUs, durationUs } = row.node;
    const name = span.seenHere === true ? `[${span.name}]` : `${span.name} ${span.service}`;
    return `${indent}${name} ${offsetUs / 1e3}+${durationUs / 1e3}`;
  });
}

describe('what is drawn of a request', () => {
  it('is what the page sees, and grows with time, until a span is stored', () => {
    expect(drawn(asked, undefined)).toEqual([
      '[POST /v1/chat/completions] 0+60',
      '  [until the first token] 0+60',
    ]);
    expect(drawn(answered, undefined, false, startMs + 90)).toEqual([
      '[POST /v1/chat/completions] 0+90',
      '  [until the first token] 0+40',
      '  [tokens arrive] 40+50',
    ]);
  });

  it('has the spans that are stored below it while others are missing', () => {
    expect(drawn(answered, storedOf(acquire, served))).toEqual([
      '[POST /v1/chat/completions] 0+60',
      '  [until the first token] 0+40',
      '  Acquire ryzanstein-api 4+16',
      '    Acquire ryzanstein-gpu 5+13',
      '  [tokens arrive] 40+20',
    ]);
  });

  it('is the stored spans alone in the end; the page is no missing parent', () => {
    expect(drawn(answered, storedOf(root, acquire, served), true)).toEqual([
      'POST /v1/chat/completions ryzanstein-api 0+98',
      '  Acquire ryzanstein-api 2+16',
      '    Acquire ryzanstein-gpu 3+13',
    ]);
  });

  it('stays what the page saw where nothing was stored', () => {
    const stopped = advance(asked, { kind: 'stop' }, startMs + 30);
    expect(drawn(stopped, undefined, true)[0]).toBe('[POST /v1/chat/completions] 0+30');
  });

  it.each([-3_600_000, 3_600_000])('begins before the mesh does, with a clock %i ms apart', (apartMs) => {
    const turn = newTurn({ ...asked, prompt: '' }, startMs + apartMs);
    expect(drawn(turn, storedOf(root), false, startMs + apartMs + 60)).toEqual([
      '[POST /v1/chat/completions] 0+60',
      '  POST /v1/chat/completions ryzanstein-api 0+98',
      '  [until the first token] 0+60',
    ]);
  });
});

describe('a stored trace', () => {
  it('is whole once no span misses its parent and no call its other side', () => {
    const generate = testSpan('a3', 'ryzanstein.engine.v1.InferenceEngine/Generate', [20, 90], {
      kind: 'client',
      parentSpanId: 'a1',
    });
    expect(storedOf(acquire, served).whole).toBe(false);
    expect(storedOf(root, generate).whole).toBe(false);
    expect(storedOf(root, acquire, served).whole).toBe(true);
    expect(storedOf().whole).toBe(false);
  });
});
