import { overHttp, requestSpans, type TestRequest } from '../test-requests.ts';
import type { Attributes, Span } from '../span.ts';
import { buildTrace, type Trace } from '../trace-tree.ts';
import { checkTrace, verify } from './verify.ts';
import type { RuleName, VerifyExtra } from './violation.ts';

const wait = { ms: 40, attributes: { 'ryzanstein.lease.behind': ['req-0'] } };

function traceOf(spans: readonly Span[]): Trace {
  const trace = buildTrace(spans);
  if (trace === undefined) throw new Error('no trace');
  return trace;
}

type Change = (span: Span) => readonly Span[];

/** The spans of a sound request, those of a name changed. */
function changed(name: string, change: Change, kind?: Span['kind']): Trace {
  const spans = requestSpans({ wait, release: { 'ryzanstein.lease.id': 'lease-req-1' } });
  const hit = (span: Span): boolean => span.name.endsWith(name) && (kind ?? span.kind) === span.kind;
  expect(spans.some(hit)).toBe(true);
  return traceOf(spans.flatMap((span) => (hit(span) ? change(span) : [span])));
}

const attributes =
  (values: Attributes): Change =>
  (span) => [{ ...span, attributes: { ...span.attributes, ...values } }];
const shifted =
  (ms: number): Change =>
  (span) => [{ ...span, startNs: span.startNs + BigInt(ms * 1e6), endNs: span.endNs + BigInt(ms * 1e6) }];
const shortened: Change = (span) => [{ ...span, endNs: span.startNs + 1_000_000n }];
const registry = {
  isSpan: (name: string) => name !== 'lunch',
  isAttribute: (key: string) => key !== 'colour',
};

const planted: readonly [RuleName, string, () => Trace, VerifyExtra?][] = [
  ['one_root', 'a second root', () => changed('/ChatStream', (span) => [span, { ...span, spanId: 'r2' }])],
  ['no_orphan', 'a lost call', () => changed('/Generate', () => [], 'client')],
  ['inside_parent', 'a child that outlives its parent', () => changed('/Generate', shifted(90), 'server')],
  ['inside_parent', 'a child before its parent', () => changed('gpu.lease.wait', shifted(-9))],
  ['one_server_per_client', 'a call that nobody served', () => changed('/Acquire', () => [], 'server')],
  [
    'one_server_per_client',
    'a call that was served twice',
    () => changed('/Acquire', (span) => [span, { ...span, spanId: 's9' }], 'server'),
  ],
  ['one_request_id', 'another request', () => changed('/Acquire', attributes({ 'request.id': 'req-9' }))],
  ['phases_sum', 'a phase that is too short', () => changed('decode', shortened)],
  ['phases_touch', 'a gap between phases', () => changed('decode', shifted(3))],
  [
    'engine_first_token',
    'a time that is not queue and prefill',
    () => changed('chat tiny', attributes({ 'gen_ai.latency.time_to_first_token': 0.009 })),
  ],
  [
    'edge_first_token',
    'a token at the edge before the engine had it',
    () => changed('/ChatStream', attributes({ 'ryzanstein.latency.ttft_ms': 2 })),
  ],
  [
    'edge_first_token',
    'a first token after the last',
    () => changed('/ChatStream', attributes({ 'ryzanstein.latency.ttft_ms': 2_000 })),
  ],
  [
    'tokens',
    'usage that differs',
    () => changed('chat tiny', attributes({ 'gen_ai.usage.output_tokens': 9 })),
  ],
  [
    'tokens',
    "a client's count that differs",
    () => traceOf(requestSpans()),
    { tokens: [{ from: 'the client', output: 11 }] },
  ],
  [
    'status',
    'a call without a code',
    () => changed('/Acquire', attributes({ 'rpc.response.status_code': null })),
  ],
  [
    'status',
    'a failed call that is no error',
    () => changed('/Acquire', attributes({ 'rpc.response.status_code': 'UNAVAILABLE' }), 'server'),
  ],
  [
    'status',
    'a generation that finished in a call that failed by itself',
    () => changed('/Generate', attributes({ 'rpc.response.status_code': 'INTERNAL' }), 'server'),
  ],
  [
    'status',
    'a generation that finished with an error in a call that did not',
    () => changed('chat tiny', attributes({ 'gen_ai.response.finish_reasons': ['error'] })),
  ],
  [
    'truncated',
    'a phase cut short in a call that went well',
    () => changed('decode', attributes({ 'ryzanstein.phase.truncated': true })),
  ],
  [
    'released',
    'a lease that was never given back',
    () => changed('/Release', attributes({ 'ryzanstein.lease.id': 'lease-9' }), 'server'),
  ],
  [
    'call_duration',
    'a metric that differs',
    () => traceOf(requestSpans()),
    { callDurations: [{ method: 'ryzanstein.gpu.v1.GpuCoordinator/Acquire', sumMs: 9 }] },
  ],
  [
    'registered_names',
    'a span that is not registered',
    () => changed('queue', (span) => [{ ...span, name: 'lunch' }]),
    { names: registry },
  ],
  [
    'registered_names',
    'an attribute that is not registered',
    () => changed('queue', attributes({ colour: 'red' })),
    { names: registry },
  ],
];

const sound: readonly [string, TestRequest][] = [
  ['a quick request', {}],
  ['one that waited', { wait }],
  ['one with a retry', { failedAttempts: [{ method: 'Generate', code: 'UNAVAILABLE', ms: 50 }] }],
  ['one that its reader held up', { unreadMs: 300, untakenMs: 200 }],
  ['one that was cancelled', { failure: 'CANCELLED' }],
  ['one whose deadline passed', { failure: 'DEADLINE_EXCEEDED' }],
];

describe('verify', () => {
  it.each(sound)('finds nothing wrong with %s', (_, request) => {
    const extra: VerifyExtra = {
      names: registry,
      tokens: [{ from: 'the client', input: 14, output: 10 }],
    };
    const { violations, checks } = checkTrace(traceOf(requestSpans(request)), extra);
    expect(violations).toEqual([]);
    expect(checks).toBeGreaterThan(50);
  });

  it.each([
    ['CANCELLED', 'length'],
    ['DEADLINE_EXCEEDED', 'stop'],
  ])('lets a call end with %s when its generation has just finished with %s', (failure, finish) => {
    const spans = requestSpans({ failure }).map((span): Span => {
      if (!span.name.startsWith('chat ')) return span;
      const finished = { ...span.attributes, 'gen_ai.response.finish_reasons': [finish] };
      return { ...span, status: 'unset', attributes: finished };
    });
    expect(verify(traceOf(spans))).toEqual([]);
  });

  it('lets a lease run out that could not be given back', () => {
    const lost = { 'rpc.response.status_code': 'UNAVAILABLE', 'error.type': 'UNAVAILABLE' };
    const spans = requestSpans().flatMap((span): Span[] => {
      if (!span.name.endsWith('/Release')) return [span];
      return span.kind === 'client'
        ? [{ ...span, status: 'error', attributes: { ...span.attributes, ...lost } }]
        : [];
    });
    expect(verify(traceOf(spans))).toEqual([]);
  });

  it('lets the calls of a request over HTTP end after its reader has left', () => {
    const earlier = (request: TestRequest): Trace =>
      traceOf(
        overHttp(requestSpans(request)).map((span) =>
          span.parentSpanId === undefined ? { ...span, endNs: span.endNs - 9_000_000n } : span,
        ),
      );
    expect(verify(earlier({ failure: 'CANCELLED' }))).toEqual([]);
    expect(verify(earlier({})).map(({ rule }) => rule)).toContain('inside_parent');
  });

  const rows = planted.map(([rule, what, plant, extra = {}]) => ({ rule, what, plant, extra }));

  it.each(rows)('finds by $rule: $what', ({ rule, plant, extra }) => {
    expect(verify(plant(), extra).map((violation) => violation.rule)).toContain(rule);
  });

  it('lets a child stand out of its parent by as much as the clock was set', () => {
    const moved = changed('queue', shifted(-9));
    const rules = (clockSetMs: number): string[] => verify(moved, { clockSetMs }).map(({ rule }) => rule);
    expect(rules(0)).toContain('inside_parent');
    expect(rules(7)).toContain('inside_parent');
    expect(rules(8)).not.toContain('inside_parent');
  });
});

describe('verify, of a model that another server runs,', () => {
  const remote = (request: TestRequest = {}, more: Attributes = {}, status?: Span['status']): Trace =>
    traceOf(
      requestSpans(request).flatMap((span): Span[] => {
        if (['prefill', 'decode'].includes(span.name)) return [];
        if (!span.name.startsWith('chat ')) return [span];
        const attributes = { ...span.attributes, ...more };
        return [{ ...span, kind: 'client', status: status ?? span.status, attributes }];
      }),
    );

  it('owes no phases beyond its queue', () => {
    expect(verify(remote())).toEqual([]);
    expect(verify(remote({ failure: 'DEADLINE_EXCEEDED' }))).toEqual([]);
  });

  it('makes what that server refuses an error, and nothing else', () => {
    const refused = { failure: 'INVALID_ARGUMENT' };
    const calls = (trace: Trace): string[] => verify(trace).map(({ message }) => message);
    const type = { 'error.type': 'INVALID_ARGUMENT' };
    expect(calls(remote(refused, type, 'error')).filter((one) => one.startsWith('chat'))).toEqual([]);
    expect(calls(remote(refused, type, 'unset'))).toContain(
      'chat tiny is no error, and its call ended with INVALID_ARGUMENT',
    );
    expect(calls(remote({}, type, 'error'))).toContain('chat tiny is an error, and its call ended with OK');
  });
});
