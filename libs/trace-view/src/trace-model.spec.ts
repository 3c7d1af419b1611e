import type { TraceAnswer } from './trace-answer.ts';
import { buildTrace, timeSpent, visibleRows } from './trace-model.ts';

type Span = TraceAnswer['spans'][number];

const base = 1_700_000_000_000_000_000n;

function span(
  id: string,
  parent: string | undefined,
  fromMs: number,
  toMs: number,
  more: Partial<Span> = {},
): Span {
  const nano = (ms: number): string => (base + BigInt(Math.round(ms * 1e6))).toString();
  return {
    traceId: 't',
    spanId: id,
    ...(parent !== undefined && { parentSpanId: parent }),
    name: id,
    kind: 1,
    startTimeUnixNano: nano(fromMs),
    endTimeUnixNano: nano(toMs),
    status: {},
    service: 'svc',
    resource: 0,
    scope: { name: '' },
    ...more,
  };
}

function trace(spans: Span[], more: Partial<TraceAnswer> = {}): TraceAnswer {
  return { traceId: 't', spans, resources: [], logs: [], linkedFrom: [], linkTargets: [], ...more };
}

const drawn = (answer: TraceAnswer, collapsed: string[] = []): string[] =>
  visibleRows(buildTrace(answer), new Set(collapsed)).map(
    (row) => `${'  '.repeat(row.depth)}${row.kind === 'missing' ? `missing ${row.parentId}` : row.id}`,
  );

describe('a trace as the page draws it', () => {
  it('is a tree in order of start', () => {
    const answer = trace([
      span('root', undefined, 0, 10),
      span('b', 'root', 1, 4),
      span('b1', 'b', 2, 3),
      span('c', 'root', 5, 9),
    ]);
    expect(drawn(answer)).toEqual(['root', '  b', '    b1', '  c']);
    expect(drawn(answer, ['b'])).toEqual(['root', '  b', '  c']);
  });

  it('shows spans whose parent is absent below a mark, one for each parent', () => {
    const answer = trace([
      span('a', 'gone', 0, 1),
      span('a1', 'a', 0, 1),
      span('b', 'gone', 2, 3),
      span('c', 'other', 4, 5),
    ]);
    expect(drawn(answer)).toEqual(['missing gone', '  a', '    a1', '  b', 'missing other', '  c']);
    expect(buildTrace(answer).root).toBeUndefined();
  });

  it('shows every span once when spans name each other as parents', () => {
    const answer = trace([
      span('self', 'self', 0, 1),
      span('x', 'y', 1, 2),
      span('y', 'x', 2, 3),
      span('root', undefined, 0, 5),
    ]);
    expect(drawn(answer)).toEqual(['root', 'missing self', '  self', 'missing y', '  x', '    y']);
  });

  it('draws a chain of twenty thousand spans', () => {
    const spans = Array.from({ length: 20_000 }, (_, at) =>
      span(`s${at}`, at === 0 ? undefined : `s${at - 1}`, at, at + 1),
    );
    expect(drawn(trace(spans))).toHaveLength(20_000);
  });

  it('keeps nanoseconds apart', () => {
    const at = (offset: bigint) => ({
      startTimeUnixNano: (base + offset).toString(),
      endTimeUnixNano: (base + offset + 250n).toString(),
    });
    const model = buildTrace(trace([span('a', undefined, 0, 0, at(0n)), span('b', 'a', 0, 0, at(1n))]));
    expect(model.byId.get('b')).toMatchObject({ offsetUs: 0.001, durationUs: 0.25 });
  });

  it('counts as own time what no child covers', () => {
    const model = buildTrace(
      trace([
        span('root', undefined, 0, 10),
        span('a', 'root', 1, 4),
        span('b', 'root', 3, 6),
        span('late', 'root', 9, 15),
      ]),
    );
    expect(model.byId.get('root')?.selfUs).toBeCloseTo(4_000);
    expect(model.durationUs).toBe(15_000);
  });

  it('gives each span its logs, and a request without spans its own', () => {
    const log = {
      traceId: 't',
      timeUnixNano: (base + 5_000n).toString(),
      body: { stringValue: 'hi' },
      service: 'svc',
    };
    const model = buildTrace(
      trace([span('a', undefined, 0, 1)], { logs: [{ ...log, spanId: 'a', severityText: 'warn' }, log] }),
    );
    expect(model.byId.get('a')?.logs).toMatchObject([{ offsetUs: 5, severity: 'WARN', message: 'hi' }]);
    expect(model.logs).toHaveLength(2);
    const unsampled = buildTrace(
      trace([], {
        logs: [
          { ...log, severityNumber: 17, attributes: [{ key: 'request_id', value: { stringValue: 'r' } }] },
        ],
      }),
    );
    expect(unsampled).toMatchObject({ requestId: 'r', logs: [{ offsetUs: 0, severity: 'ERROR' }] });
  });

  it('says where the time went', () => {
    const spans = [
      span('root', undefined, 0, 100),
      span('w', 'root', 1, 31, { name: 'gpu.lease.wait' }),
      span('q', 'root', 31, 33, { name: 'queue' }),
      span('p', 'root', 33, 50, { name: 'prefill' }),
      span('d', 'root', 50, 95, { name: 'decode' }),
    ];
    expect(timeSpent(buildTrace(trace(spans)))).toEqual([
      { name: 'wait', durationUs: 30_000 },
      { name: 'queue', durationUs: 2_000 },
      { name: 'prefill', durationUs: 17_000 },
      { name: 'decode', durationUs: 45_000 },
      { name: 'other', durationUs: 6_000 },
    ]);
    expect(timeSpent(buildTrace(trace(spans.slice(0, 1))))).toEqual([]);
  });
});
