import { readOtlpTraces } from './otlp-json.ts';

const span = {
  traceId: '4BF92F3577B34DA6A3CE929D0E0E4736',
  spanId: '00F067AA0BA902B7',
  parentSpanId: '',
  name: 'chat',
  kind: 2,
  startTimeUnixNano: '1700000000000000000',
  endTimeUnixNano: '1700000000000001000',
  attributes: [
    { key: 'text', value: { stringValue: 'x' } },
    { key: 'count', value: { intValue: '42' } },
    { key: 'huge', value: { intValue: '9223372036854775807' } },
    { key: 'ratio', value: { doubleValue: 0.5 } },
    { key: 'yes', value: { boolValue: true } },
    { key: 'list', value: { arrayValue: { values: [{ intValue: 1 }, { stringValue: 'b' }] } } },
    { key: 'map', value: { kvlistValue: { values: [{ key: 'k', value: { boolValue: false } }] } } },
    { key: 'empty', value: {} },
  ],
  events: [{ timeUnixNano: '1700000000000000500', name: 'first_token' }],
  links: [{ traceId: 'AA', spanId: 'BB', attributes: [{ key: 'k', value: { stringValue: 'v' } }] }],
  status: { code: 2, message: 'no' },
};

const body = (...spans: unknown[]) => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'ryzanstein-api' } }] },
      scopeSpans: [{ scope: { name: 's' }, spans }],
    },
  ],
});

describe('OTLP in JSON', () => {
  it('is read whole, bare and wrapped', () => {
    const [read] = readOtlpTraces(body(span));
    expect(read).toEqual({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      name: 'chat',
      kind: 'server',
      service: 'ryzanstein-api',
      startNs: 1_700_000_000_000_000_000n,
      endNs: 1_700_000_000_000_001_000n,
      attributes: {
        text: 'x',
        count: 42,
        huge: '9223372036854775807',
        ratio: 0.5,
        yes: true,
        list: [1, 'b'],
        map: { k: false },
        empty: null,
      },
      events: [{ name: 'first_token', timeNs: 1_700_000_000_000_000_500n, attributes: {} }],
      links: [{ traceId: 'aa', spanId: 'bb', attributes: { k: 'v' } }],
      status: 'error',
      statusMessage: 'no',
    });
    expect(readOtlpTraces({ result: body(span) })).toEqual([read]);
  });

  it('may name its enums, and tell a span twice', () => {
    const named = { ...span, kind: 'SPAN_KIND_CLIENT', status: { code: 'STATUS_CODE_OK' } };
    const [read, ...more] = readOtlpTraces(body(named, named));
    expect([read?.kind, read?.status, more]).toEqual(['client', 'ok', []]);
  });

  it('has what the span said, not what its store remarks', () => {
    const remarks = [
      { key: '@jaeger@warnings', value: { arrayValue: { values: [{ stringValue: 'no parent' }] } } },
      { key: '@jaeger@format', value: { stringValue: 'proto' } },
    ];
    const refType = { key: 'opentracing.ref_type', value: { stringValue: 'follows_from' } };
    const links = [{ traceId: 'AA', spanId: 'BB', attributes: [refType] }];
    const [read] = readOtlpTraces(
      body({ ...span, links, attributes: [...remarks, { key: 'count', value: { intValue: '42' } }] }),
    );
    expect([read?.attributes, read?.links]).toEqual([
      { count: 42 },
      [{ traceId: 'aa', spanId: 'bb', attributes: {} }],
    ]);
  });

  it('never gives a bar of negative length, nor a root a parent of zeros', () => {
    const [read] = readOtlpTraces(
      body({ ...span, endTimeUnixNano: '1', parentSpanId: '0000000000000000', kind: 99 }),
    );
    expect([read?.endNs, read?.parentSpanId, read?.kind]).toEqual([read?.startNs, undefined, 'unspecified']);
  });

  it.each([undefined, null, 'text', [], {}, { result: null }, { resourceSpans: [{}] }])(
    'has no spans in %p',
    (answer) => {
      expect(readOtlpTraces(answer)).toEqual([]);
    },
  );
});
