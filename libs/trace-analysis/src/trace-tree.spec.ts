import { chatSpans, testSpan } from './test-spans.ts';
import { buildTrace, isWhole, type Trace, type TraceNode } from './trace-tree.ts';

function outline({ span, children, orphan }: TraceNode): unknown {
  const name = `${orphan ? '?' : ''}${span.spanId}`;
  return children.length === 0 ? name : { [name]: children.map(outline) };
}

function built(spans: Parameters<typeof buildTrace>[0]): Trace {
  const trace = buildTrace(spans);
  if (trace === undefined) throw new Error('no trace');
  return trace;
}

const without = (...ids: string[]) => built(chatSpans().filter(({ spanId }) => !ids.includes(spanId)));
const outlines = (trace: Trace): unknown[] => trace.roots.map(outline);

describe('the tree of a trace', () => {
  it('has one root, children in order of their start, whatever order they came in', () => {
    const trace = built(chatSpans().reverse());
    expect(outlines(trace)).toEqual([
      { a1: [{ a2: [{ b1: ['b2'] }] }, { a3: [{ c1: [{ c2: ['c3', 'c4', 'c5'] }] }] }, { a4: ['b3'] }] },
    ]);
    expect(trace.services).toEqual(['ryzanstein-api', 'ryzanstein-gpu', 'ryzanstein-inference']);
    expect(isWhole(trace)).toBe(true);
  });

  it('marks what is left without a parent', () => {
    const trace = without('a3');
    expect(outlines(trace)[1]).toEqual({ '?c1': [{ c2: ['c3', 'c4', 'c5'] }] });
    expect([trace.orphanCount, isWhole(trace)]).toEqual([1, false]);
  });

  it('misses the other side of a call', () => {
    const trace = without('b1', 'b2');
    expect([trace.unansweredCount, isWhole(trace)]).toEqual([1, false]);
  });

  it('takes the edge for a root where its caller records nothing here', () => {
    const spans = chatSpans().map((span) => (span.spanId === 'a1' ? { ...span, parentSpanId: 'ee' } : span));
    const trace = built(spans);
    expect([trace.callerSpanId, trace.orphanCount, isWhole(trace)]).toEqual(['ee', 0, true]);
  });

  it('waits for the edge where only a part inside of the mesh is there', () => {
    const trace = built(chatSpans().filter(({ spanId }) => spanId.startsWith('c')));
    expect([trace.callerSpanId, isWhole(trace)]).toEqual(['a3', false]);
  });

  it('shows spans that name each other as parents', () => {
    const trace = built([
      testSpan('a', 'root', [0, 9]),
      testSpan('b', 'one', [1, 2], { parentSpanId: 'c' }),
      testSpan('c', 'two', [2, 3], { parentSpanId: 'b' }),
      testSpan('d', 'self', [3, 4], { parentSpanId: 'd' }),
    ]);
    expect(outlines(trace)).toEqual(['a', '?d', { '?b': ['c'] }]);
  });

  it('is none for no spans', () => {
    expect(buildTrace([])).toBeUndefined();
  });
});
