import type { Attributes, Span, SpanKind } from './span.ts';

/** A span of a test's trace, times in milliseconds since the trace began. */
export function testSpan(
  spanId: string,
  name: string,
  times: readonly [startMs: number, endMs: number],
  more: Partial<Omit<Span, 'startNs' | 'endNs' | 'attributes'>> & { attributes?: Attributes } = {},
): Span {
  return {
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId,
    name,
    kind: 'internal',
    service: 'ryzanstein-api',
    startNs: atMs(times[0]),
    endNs: atMs(times[1]),
    events: [],
    links: [],
    status: 'unset',
    ...more,
    attributes: more.attributes ?? {},
  };
}

/** The moment so many milliseconds after the trace began, in nanoseconds since 1970. */
export function atMs(milliseconds: number): bigint {
  return 1_700_000_000_000_000_000n + BigInt(Math.round(milliseconds * 1e6));
}

/** The spans of one chat through the whole mesh; it waited for a lease. */
export function chatSpans(): Span[] {
  const on = (service: string, kind: SpanKind, parentSpanId: string) => ({ service, kind, parentSpanId });
  const acquire = 'ryzanstein.gpu.v1.GpuCoordinator/Acquire';
  const generate = 'ryzanstein.engine.v1.InferenceEngine/Generate';
  const release = 'ryzanstein.gpu.v1.GpuCoordinator/Release';
  return [
    testSpan('a1', 'ryzanstein.api.v1.LlmService/ChatStream', [0, 400], {
      kind: 'server',
      attributes: { 'request.id': 'req-1', 'ryzanstein.model': 'tiny' },
    }),
    testSpan('a2', acquire, [2, 62], on('ryzanstein-api', 'client', 'a1')),
    testSpan('b1', acquire, [4, 60], on('ryzanstein-gpu', 'server', 'a2')),
    testSpan('b2', 'gpu.lease.wait', [5, 59], {
      ...on('ryzanstein-gpu', 'internal', 'b1'),
      links: [
        {
          traceId: '5cf92f3577b34da6a3ce929d0e0e4737',
          spanId: 'cc',
          attributes: {
            'ryzanstein.lease.id': 'l-7',
            'request.id': 'req-0',
            'ryzanstein.link.released': true,
          },
        },
      ],
    }),
    testSpan('a3', generate, [64, 396], on('ryzanstein-api', 'client', 'a1')),
    testSpan('c1', generate, [66, 394], on('ryzanstein-inference', 'server', 'a3')),
    testSpan('c2', 'chat tiny', [67, 393], {
      ...on('ryzanstein-inference', 'internal', 'c1'),
      attributes: {
        'ryzanstein.tokens.input': 14,
        'ryzanstein.tokens.output': 64,
        'ryzanstein.batch.size': 2,
        'ryzanstein.gpu.id': 0,
      },
      events: [{ name: 'first_token', timeNs: atMs(120), attributes: {} }],
    }),
    testSpan('c3', 'queue', [67, 80], on('ryzanstein-inference', 'internal', 'c2')),
    testSpan('c4', 'prefill', [80, 120], on('ryzanstein-inference', 'internal', 'c2')),
    testSpan('c5', 'decode', [120, 393], on('ryzanstein-inference', 'internal', 'c2')),
    testSpan('a4', release, [397, 403], on('ryzanstein-api', 'client', 'a1')),
    testSpan('b3', release, [399, 401.5], on('ryzanstein-gpu', 'server', 'a4')),
  ];
}
