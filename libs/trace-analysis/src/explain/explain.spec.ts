import { overHttp, requestSpans, type TestRequest } from '../test-requests.ts';
import { chatSpans } from '../test-spans.ts';
import type { Span } from '../span.ts';
import { buildTrace, flatten, type Trace } from '../trace-tree.ts';
import { explain } from './explain.ts';
import type { CauseName, Explanation } from './explanation.ts';
import { typicalOf } from './typical.ts';

function traceOf(spans: readonly Span[]): Trace {
  const trace = buildTrace(spans);
  if (trace === undefined) throw new Error('no trace');
  return trace;
}

const requestTrace = (request: TestRequest): Trace => traceOf(requestSpans(request));
const usual = typicalOf(
  [0, 1, 2].map((at) => requestTrace({ atMs: at * 1_000, decode: { ms: 20 + at, tokens: 10 } })),
);

/** Explains, and holds each explanation to what all of them promise. */
function explained(trace: Trace, typical = usual): Explanation {
  const explanation = explain(trace, typical);
  const { parts, totalMs } = explanation;
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  expect(sum(parts.map(({ ms }) => ms))).toBeCloseTo(totalMs, 6);
  expect(sum(parts.map(({ share }) => share))).toBeCloseTo(1, 9);
  expect(sum(parts.map(({ percent }) => percent))).toBe(100);
  return explanation;
}

const held = {
  ms: 1_170,
  attributes: {
    'ryzanstein.lease.behind': ['req-7', 'req-8123'],
    'ryzanstein.lease.released_by': 'req-8123',
    'ryzanstein.lease.queue_position': 3,
    'ryzanstein.lease.reason': 'after_release',
  },
};

const slow: readonly [CauseName, TestRequest][] = [
  ['held_by_another', { wait: held }],
  ['engine_queue', { queue: { ms: 300, attributes: { 'ryzanstein.queue.reason': 'slots_busy' } } }],
  ['long_prompt', { prefill: { ms: 200, tokens: 700 } }],
  ['slow_prefill', { prefill: { ms: 200, tokens: 14 } }],
  ['long_output', { decode: { ms: 900, tokens: 450 } }],
  ['slow_decode', { decode: { ms: 900, tokens: 10 } }],
  // Twelve times as many tokens, each twice as slow; then twice as many, each ten times as slow.
  ['long_output', { decode: { ms: 550, tokens: 120 } }],
  ['slow_decode', { decode: { ms: 420, tokens: 20 } }],
  ['slow_reader', { decode: { ms: 900, tokens: 10, attributes: { 'ryzanstein.decode.paused_ms': 870 } } }],
  ['slow_reader', { unreadMs: 400 }],
  ['slow_reader', { untakenMs: 400 }],
  ['network', { wayMs: 150 }],
  ['retry', { failedAttempts: [{ method: 'Generate', code: 'UNAVAILABLE', ms: 500, pauseMs: 40 }] }],
  ['retry', { failedAttempts: [{ method: 'Acquire', code: 'UNAVAILABLE', ms: 500 }] }],
  ['coordinator', { coordinatorMs: 300 }],
  ['coordinator', { wait: { ms: 300, attributes: { 'ryzanstein.lease.reason': 'free_slot' } } }],
  ['client_cancelled', { wait: held, failure: 'CANCELLED' }],
  ['deadline', { decode: { ms: 900 }, failure: 'DEADLINE_EXCEEDED' }],
  ['retry', { decode: { ms: 900 }, failure: 'UNAVAILABLE' }],
];

describe('explain', () => {
  it.each(slow)('names %s, with others to compare with: %j', (cause, request) => {
    expect(explained(requestTrace(request)).cause).toBe(cause);
  });

  it('tells steps that are slow from those that stood still', () => {
    const wordsOf = (decode: TestRequest['decode']): string | undefined =>
      explained(requestTrace({ decode })).parts.find(({ name }) => name === 'decode')?.words;
    expect(wordsOf({ ms: 60, tokens: 20 })).toBe('decode of 20 tokens at 2.00 ms');
    expect(wordsOf({ ms: 2_040, tokens: 20 })).toBe(
      'decode of 20 tokens at 2.00 ms and 2.00 s in slower steps',
    );
    const paused = { 'ryzanstein.decode.paused_ms': 2_000 };
    expect(wordsOf({ ms: 2_040, tokens: 20, attributes: paused })).toBe('decode of 20 tokens at 2.00 ms');
  });

  it('sees by its cancelled call that the reader of a request over HTTP left', () => {
    const left = requestSpans({ decode: { ms: 300 }, failure: 'CANCELLED' });
    const { cause, verdict } = explained(traceOf(overHttp(left)));
    expect(cause).toBe('client_cancelled');
    expect(verdict).toMatch(/ until its client left: /);
  });

  it('says where the time went in percent, whom it waited behind, how it was read and written', () => {
    const trace = requestTrace({
      wait: held,
      prefill: {
        ms: 422,
        tokens: 432,
        attributes: {
          'ryzanstein.prefill.chunks': 7,
          'ryzanstein.tokens.cached': 20,
          'ryzanstein.batch.max': 8,
        },
      },
      decode: {
        ms: 232,
        tokens: 40,
        attributes: { 'ryzanstein.decode.step_p50_ms': 5.8, 'ryzanstein.decode.steps': 40 },
      },
      wayMs: 48,
    });
    const { verdict, reason, behind, comparedWith } = explained(trace);
    expect(verdict).toBe(
      '1.92 s: 61 % waited for a device behind req-8123, 22 % prefill of 412 tokens (chunked beside 7 others), 12 % decode of 40 tokens at 5.80 ms, 5 % network between api-server and inference-engine',
    );
    expect(reason).toBe(
      'It waited for a device that others held: 1.17 s of 1.92 s (waited for a device behind req-8123), usually none.',
    );
    expect(behind).toEqual([{ requestId: 'req-8123', released: true }, { requestId: 'req-7' }]);
    expect(comparedWith).toEqual({
      traces: 3,
      operation: 'ryzanstein.api.v1.LlmService/ChatStream',
      totalMs: expect.closeTo(29.3, 6),
    });
  });

  it.each([
    [8, 'prefill of 400 tokens (beside the steps of 7 others)'],
    [1, 'prefill of 400 tokens (beside the steps)'],
  ])('says that a prompt was read beside the steps (batch of %i)', (batch, words) => {
    const attributes = {
      'ryzanstein.prefill.chunks': 8,
      'ryzanstein.prefill.beside_steps': true,
      'ryzanstein.batch.max': batch,
    };
    const { parts } = explained(requestTrace({ prefill: { ms: 900, tokens: 400, attributes } }));
    expect(parts[0]).toMatchObject({ name: 'prefill', words });
  });

  it('gives what the trace says as evidence', () => {
    const { parts } = explained(requestTrace({ wait: held }));
    expect(parts[0]).toMatchObject({
      name: 'wait',
      ms: 1_170,
      typicalMs: 0,
      evidence: [
        '3 ahead of it in the queue',
        'held by req-8123, req-7',
        'let in by the end of req-8123',
        'granted after_release',
      ],
    });
  });

  it('reads lists that a store gives back as their text', () => {
    const attributes = {
      'ryzanstein.lease.behind': '["req-7","req-9"]',
      'ryzanstein.lease.blocked_requests': '["req-3"]',
    };
    const { behind, blocked, cause } = explained(
      requestTrace({
        wait: { ms: 100, attributes },
        release: { ...attributes, 'ryzanstein.lease.blocked_count': 4 },
      }),
    );
    expect(cause).toBe('held_by_another');
    expect(behind.map(({ requestId }) => requestId)).toEqual(['req-7', 'req-9']);
    expect(blocked).toEqual({ count: 4, ms: 0, requests: ['req-3'] });
  });

  it('knows by its links alone whom it waited behind, and where their traces are', () => {
    const { behind, verdict } = explained(traceOf(chatSpans()));
    expect(behind).toEqual([
      { requestId: 'req-0', traceId: '5cf92f3577b34da6a3ce929d0e0e4737', spanId: 'cc', released: true },
    ]);
    expect(verdict).toContain('waited for a device behind req-0');
  });

  it('names the largest part where there is nothing to compare with', () => {
    expect(explained(requestTrace({ decode: { ms: 900, tokens: 450 } }), []).cause).toBe('long_output');
    expect(explained(requestTrace({ prefill: { ms: 900, tokens: 14 } }), []).cause).toBe('long_prompt');
    // Its own steps of 2 ms cannot have taken that long.
    expect(explained(requestTrace({ decode: { ms: 900, tokens: 10 } }), []).cause).toBe('slow_decode');
  });

  it('says so where the request took no longer than usual', () => {
    const { reason, cause } = explained(requestTrace({}));
    expect(cause).toBe('long_output');
    expect(reason).toBe(
      'It took no longer than usual, which is 29.3 ms; the most of it: decode of 10 tokens at 2.00 ms.',
    );
  });

  it('compares with requests of its own operation and model alone', () => {
    const other = requestTrace({ operation: 'ryzanstein.api.v1.LlmService/Chat' });
    expect(explained(other).comparedWith).toBeUndefined();
  });

  it('counts a call that failed and what came before the next as the retry', () => {
    const { parts, verdict } = explained(
      requestTrace({ failedAttempts: [{ method: 'Generate', code: 'UNAVAILABLE', ms: 500, pauseMs: 40 }] }),
    );
    expect(parts[0]).toMatchObject({
      name: 'retry',
      ms: 540,
      evidence: ['Generate failed after 500 ms with UNAVAILABLE'],
    });
    expect(verdict).toMatch(/% 1 failed attempt \(Generate: UNAVAILABLE\)/);
  });

  it('does not wait for the release of its lease', () => {
    const [root, ...rest] = requestSpans({ untakenMs: 100 });
    const longRelease = rest.map((span) =>
      span.name.endsWith('/Release') ? { ...span, endNs: span.endNs + 90_000_000n } : span,
    );
    const { parts } = explained(traceOf([...(root === undefined ? [] : [root]), ...longRelease]));
    expect(parts[0]).toMatchObject({ name: 'paused', ms: expect.closeTo(100.5, 3) });
  });

  it.each<[string, CauseName, TestRequest]>([
    ['DEADLINE_EXCEEDED', 'deadline', { unreadMs: 400, served: 'by the engine' }],
    ['CANCELLED', 'client_cancelled', { unreadMs: 400, served: 'by the engine' }],
    ['DEADLINE_EXCEEDED', 'deadline', { untakenMs: 400, served: 'in the call' }],
    ['CANCELLED', 'client_cancelled', { untakenMs: 400, served: 'in the call' }],
  ])('gives the time to the reader that stopped where %s cut it off: %s, %j', (failure, cause, request) => {
    const found = explained(requestTrace({ ...request, failure, decode: { ms: 300, tokens: 150 } }));
    expect(found.cause).toBe(cause);
    expect(found.parts[0]?.name).toBe('paused');
    expect(Math.floor(found.parts[0]?.ms ?? 0)).toBe(400);
    expect(found.parts[0]?.evidence).toContain(`it ended with ${failure}`);
  });

  it('splits what a stream takes after its engine into the way back and the reader', () => {
    const { parts } = explained(requestTrace({ wayMs: 30, unreadMs: 500 }));
    expect(parts.map(({ name, ms }) => [name, Math.round(ms)]).slice(0, 2)).toEqual([
      ['paused', 500],
      ['network api-server–inference-engine', 60],
    ]);
  });
});

describe('explain, of a trace with gaps,', () => {
  const without = (test: (span: Span) => boolean, request: TestRequest = {}): Trace =>
    traceOf(requestSpans(request).filter((span) => !test(span)));

  it('leaves the time of a silent engine unexplained, and says so', () => {
    const { cause, missing, parts } = explained(
      without(({ service }) => service === 'ryzanstein-inference', { decode: { ms: 300 } }),
    );
    expect(cause).toBe('unexplained');
    expect(parts[0]).toMatchObject({
      name: 'unknown',
      words: 'inside inference-engine, whose spans are missing',
    });
    expect(missing).toEqual([
      'inference-engine sent no span for Generate: it was killed or never reached, or its spans are not sampled or have yet to arrive.',
    ]);
  });

  it('names an engine that was killed, and what the journal saved of it', () => {
    const spans = requestSpans({ decode: { ms: 300 }, failure: 'UNAVAILABLE' })
      .filter(({ kind, service }) => service !== 'ryzanstein-inference' || kind === 'server')
      .map((span) =>
        span.service === 'ryzanstein-inference'
          ? { ...span, attributes: { 'error.type': 'PROCESS_KILLED', 'ryzanstein.span.recovered': true } }
          : span,
      );
    const { cause, parts } = explained(traceOf(spans));
    expect(cause).toBe('retry');
    expect(parts[0]).toMatchObject({
      name: 'retry',
      evidence: [
        'Generate failed after 305 ms with UNAVAILABLE',
        'inference-engine was killed while it served Generate',
      ],
    });
  });

  it('takes in a span whose parent is missing', () => {
    const { missing, parts } = explained(
      without(({ kind, name }) => kind === 'client' && name.endsWith('/Generate'), { decode: { ms: 300 } }),
    );
    expect(parts[0]).toMatchObject({ name: 'decode', ms: 300 });
    expect(missing).toEqual(['Generate of inference-engine hangs on a span that is not here.']);
  });

  it('explains what there is where the root is missing', () => {
    const { missing, parts } = explained(
      without(({ service }) => service === 'ryzanstein-api', { decode: { ms: 300 } }),
    );
    expect(parts[0]).toMatchObject({ name: 'decode', ms: 300 });
    expect(missing[0]).toBe(
      "The request's own span is missing: the time is that of what is here, and may be longer.",
    );
  });

  it('refuses a trace without spans', () => {
    expect(() => explain({ ...requestTrace({}), roots: [] })).toThrow(TypeError);
  });
});

describe('explain, of a model that another server runs,', () => {
  const remote = (...below: Span[]): Trace =>
    traceOf([
      ...requestSpans({ queue: { ms: 5 }, decode: { ms: 300 } }).flatMap((span): Span[] => {
        if (['prefill', 'decode'].includes(span.name)) return [];
        if (!span.name.startsWith('chat ')) return [span];
        const attributes = {
          ...span.attributes,
          'server.address': '10.0.0.7',
          'server.port': 8000,
          'ryzanstein.remote.attempts': 2,
          'ryzanstein.latency.prefill_ms': 30,
        };
        return [{ ...span, kind: 'client', attributes }];
      }),
      ...below,
    ]);

  it('gives its time to that server where it sent no spans', () => {
    const { parts, missing } = explained(remote(), []);
    expect(parts[0]).toMatchObject({
      name: 'generation',
      words: 'generation of 10 tokens by the server at 10.0.0.7:8000',
      evidence: [
        'That server sent no span.',
        'its first token came after 9.00 ms',
        'it reports a prefill of 30.0 ms',
        'it was asked 2 times',
      ],
    });
    expect(missing).toEqual([]);
  });

  it('goes on into its spans where it did', () => {
    const chat = remote().roots[0];
    const call = [chat]
      .flatMap((node) => (node === undefined ? [] : flatten(node)))
      .find(({ span }) => span.name === 'chat tiny');
    if (call === undefined) throw new Error('no call');
    const { span } = call;
    const ms = 1_000_000n;
    const served: Span = {
      ...span,
      spanId: 'b1',
      parentSpanId: span.spanId,
      name: 'POST /v1/chat/completions',
      kind: 'server',
      service: 'ryzanstein-api',
      startNs: span.startNs + 15n * ms,
      endNs: span.endNs - 2n * ms,
      attributes: {},
    };
    const decode: Span = {
      ...served,
      spanId: 'b2',
      parentSpanId: 'b1',
      name: 'decode',
      kind: 'internal',
      service: 'ryzanstein-inference',
    };
    const { parts } = explained(remote(served, decode), []);
    expect(parts.map(({ name }) => name)).toContain('network inference-engine–api-server');
    expect(parts[0]?.name).toBe('decode');
    expect(parts.find(({ name }) => name === 'generation')).toBeUndefined();
  });
});
