import { stripVTControlCharacters } from 'node:util';
import { buildTrace, type Span } from '@ryzanstein/trace-analysis';
import { atMs, chatSpans, requestSpans, testSpan } from '@ryzanstein/trace-analysis/testing';
import { renderWaterfall, type WaterfallOptions } from './waterfall.ts';

function drawn(spans: readonly Span[], options: Partial<WaterfallOptions> = {}): string {
  const trace = buildTrace(spans);
  if (trace === undefined) throw new Error('no trace');
  const lines = renderWaterfall(trace, { width: 100, colors: false, ...options });
  for (const line of lines)
    expect([...stripVTControlCharacters(line)].length).toBeLessThanOrEqual(options.width ?? 100);
  return `\n${lines.join('\n')}\n`;
}

describe('the waterfall', () => {
  it('draws the trace of a chat that waited', () => {
    expect(drawn(chatSpans())).toMatchInlineSnapshot(`
     "
     trace 4bf92f3577b34da6a3ce929d0e0e4736
     403 ms · 12 spans · request req-1
     ● ryzanstein-api  ● ryzanstein-gpu  ● ryzanstein-inference

                                                         0                                         403 ms
     LlmService/ChatStream           api         400 ms  ███████████████████████████████████████████████▋
     ├─ → GpuCoordinator/Acquire     api        60.0 ms  ███████▏
     │  └─ GpuCoordinator/Acquire    gpu        56.0 ms  ██████▋
     │     └─ gpu.lease.wait         gpu        54.0 ms   ██████▍
     │           ↗ trace 5cf92f3577b34da6a3ce929d0e0e4737 held a slot, its release let this one in (requ…
     ├─ → InferenceEngine/Generate   api         332 ms          ███████████████████████████████████████▌
     │  └─ InferenceEngine/Generate  inference   328 ms          ███████████████████████████████████████▏
     │     └─ chat tiny              inference   326 ms          ██████◆███████████████████████████████▉
     │        │  · 14 tokens in, 64 out, batch 2, device 0
     │        │  ◆ first_token +53.0 ms
     │        ├─ queue               inference  13.0 ms          ░░
     │        ├─ prefill             inference  40.0 ms            ▒▒▒▒
     │        └─ decode              inference   273 ms                ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓
     └─ → GpuCoordinator/Release     api        6.00 ms                                                 ▊
        └─ GpuCoordinator/Release    gpu        2.50 ms                                                 ▎
     "
    `);
  });

  it('gives up the bars on a narrow terminal', () => {
    expect(drawn(chatSpans(), { width: 58 })).toMatchInlineSnapshot(`
     "
     trace 4bf92f3577b34da6a3ce929d0e0e4736
     403 ms · 12 spans · request req-1
     ● ryzanstein-api  ● ryzanstein-gpu  ● ryzanstein-inference

     LlmService/ChatStream           api         400 ms
     ├─ → GpuCoordinator/Acquire     api        60.0 ms
     │  └─ GpuCoordinator/Acquire    gpu        56.0 ms
     │     └─ gpu.lease.wait         gpu        54.0 ms
     │           ↗ trace 5cf92f3577b34da6a3ce929d0e0e4737 held…
     ├─ → InferenceEngine/Generate   api         332 ms
     │  └─ InferenceEngine/Generate  inference   328 ms
     │     └─ chat tiny              inference   326 ms
     │        │  · 14 tokens in, 64 out, batch 2, device 0
     │        │  ◆ first_token +53.0 ms
     │        ├─ queue               inference  13.0 ms
     │        ├─ prefill             inference  40.0 ms
     │        └─ decode              inference   273 ms
     └─ → GpuCoordinator/Release     api        6.00 ms
        └─ GpuCoordinator/Release    gpu        2.50 ms
     "
    `);
  });

  it('gives up the service names on a very narrow one', () => {
    expect(drawn(chatSpans().slice(0, 4), { width: 40 })).toMatchInlineSnapshot(`
     "
     trace 4bf92f3577b34da6a3ce929d0e0e4736
     400 ms · 4 spans · request req-1
     ● ryzanstein-api  ● ryzanstein-gpu

     LlmService/ChatStream          400 ms
     └─ → GpuCoordinator/Acquire   60.0 ms
        └─ GpuCoordinator/Acquire  56.0 ms
           └─ gpu.lease.wait       54.0 ms
                 ↗ trace 5cf92f3577b34da6a3c…
     "
    `);
  });

  it('says how calls ended that did not end well, and marks phases that were cut short', () => {
    const spans = [
      testSpan('a1', 'ryzanstein.api.v1.LlmService/ChatStream', [0, 50], {
        kind: 'server',
        status: 'error',
        statusMessage: 'The deadline passed.',
        attributes: { 'error.type': 'DEADLINE_EXCEEDED', 'rpc.response.status_code': 'DEADLINE_EXCEEDED' },
      }),
      testSpan('a2', 'ryzanstein.engine.v1.InferenceEngine/Generate', [10, 50], {
        kind: 'server',
        parentSpanId: 'a1',
        service: 'ryzanstein-inference',
        attributes: { 'rpc.response.status_code': 'CANCELLED' },
        events: [
          {
            name: 'exception',
            timeNs: atMs(49),
            attributes: { 'exception.type': 'Error', 'exception.message': 'slot lost' },
          },
        ],
      }),
      testSpan('a3', 'decode', [20, 50], {
        parentSpanId: 'a2',
        service: 'ryzanstein-inference',
        attributes: { 'ryzanstein.phase.truncated': true },
      }),
    ];
    expect(drawn(spans)).toMatchInlineSnapshot(`
     "
     trace 4bf92f3577b34da6a3ce929d0e0e4736
     50.0 ms · 3 spans
     ● ryzanstein-api  ● ryzanstein-inference

                                                      0                                           50.0 ms
     LlmService/ChatStream        api        50.0 ms  ███████████████████████████████████████████████████
     │  ✗ DEADLINE_EXCEEDED: The deadline passed.
     └─ InferenceEngine/Generate  inference  40.0 ms            ████████████████████████████████████████▊
        │  ○ ended with CANCELLED
        │  ✗ Error: slot lost
        └─ decode                 inference  30.0 ms                      ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓
              ○ cut short
     "
    `);
  });

  it('marks spans whose parents are missing, and calls without their other side', () => {
    const spans = chatSpans().filter(({ spanId }) => !['a3', 'b1', 'b2', 'c3', 'c4', 'c5'].includes(spanId));
    expect(drawn(spans)).toMatchInlineSnapshot(`
     "
     trace 4bf92f3577b34da6a3ce929d0e0e4736
     403 ms · 6 spans · request req-1
     ● ryzanstein-api  ● ryzanstein-gpu  ● ryzanstein-inference

                                                       0                                           403 ms
     LlmService/ChatStream         api         400 ms  █████████████████████████████████████████████████▋
     ├─ → GpuCoordinator/Acquire   api        60.0 ms  ███████▌
     └─ → GpuCoordinator/Release   api        6.00 ms                                                   ▊
        └─ GpuCoordinator/Release  gpu        2.50 ms                                                   ▎
     ? InferenceEngine/Generate    inference   328 ms          ████████████████████████████████████████▊
     │  ? its parent a3 is missing
     └─ chat tiny                  inference   326 ms          ███████◆████████████████████████████████▌
           · 14 tokens in, 64 out, batch 2, device 0
           ◆ first_token +53.0 ms
     1 span marked ? below a parent that is not in the trace: it is incomplete
     1 call without a span of the service that was called
     "
    `);
  });

  it('shows logs below their spans, and those of no span at the end', () => {
    const log = (spanId: string, level: string, message: string, ms: number) => ({
      timeNs: atMs(ms),
      spanId,
      service: 'ryzanstein-api',
      level,
      message,
    });
    const logs = [
      log('a1', 'info', 'answered', 399),
      log('a1', 'warn', 'waited\nlong', 62),
      log('ff', 'info', 'lost', 1),
    ];
    expect(drawn(chatSpans().slice(0, 1), { logs })).toMatchInlineSnapshot(`
     "
     trace 4bf92f3577b34da6a3ce929d0e0e4736
     400 ms · 1 span · request req-1
     ● ryzanstein-api

                                         0                                                         400 ms
     LlmService/ChatStream  api  400 ms  ████████████████████████████████████████████████████████████████
        ¶ 62.0 ms warn waited long (ryzanstein-api)
        ¶ 399 ms info answered (ryzanstein-api)
     ¶ 1.00 ms info lost (ryzanstein-api)
     "
    `);
  });

  it('lets nothing from a trace steer the terminal', () => {
    const spans = [testSpan('a1', 'evil\u001b[2J\u202e\r\nname', [0, 1], { service: 'a\u0007b' })];
    expect(drawn(spans)).toMatchInlineSnapshot(`
     "
     trace 4bf92f3577b34da6a3ce929d0e0e4736
     1.00 ms · 1 span
     ● a·b

                                   0                                                        1.00 ms
     evil·[2J· name  a·b  1.00 ms  ████████████████████████████████████████████████████████████████
     "
    `);
  });

  it('colours each service, and only where colours are wanted', () => {
    const spans = chatSpans().slice(0, 3);
    expect(drawn(spans, { colors: true })).toContain('\u001b[35m   └─ GpuCoordinator/Acquire');
    expect(drawn(spans)).not.toContain('\u001b');
  });

  it('draws a trace of no length', () => {
    expect(drawn([testSpan('a1', 'instant', [0, 0])])).toMatchInlineSnapshot(`
     "
     trace 4bf92f3577b34da6a3ce929d0e0e4736
     0 µs · 1 span
     ● ryzanstein-api

                         0                                                           0 µs
     instant  api  0 µs  ▏
     "
    `);
  });
});

describe('a request among others', () => {
  it('names whom it waited behind, and who waited behind it', () => {
    const lines = drawn(
      requestSpans({
        wait: {
          ms: 340,
          attributes: {
            'ryzanstein.lease.behind': ['req-7', 'req-8'],
            'ryzanstein.lease.released_by': 'req-8',
          },
        },
        release: {
          'ryzanstein.lease.blocked_count': 9,
          'ryzanstein.lease.blocked_requests': ['req-2', 'req-3'],
        },
      }),
    ).split('\n');
    expect(
      lines.filter((line) => line.includes('·') && line.includes('behind')).map((line) => line.trim()),
    ).toEqual(['│           · waited 340 ms behind req-8', '· 9 waited behind it: req-2, req-3 and 7 more']);
  });

  it('names all it waited behind where none is said to have let it in', () => {
    const behind = '["req-7","req-8"]';
    expect(
      drawn(requestSpans({ wait: { ms: 5, attributes: { 'ryzanstein.lease.behind': behind } } })),
    ).toContain('· waited 5.00 ms behind req-7, req-8');
  });
});
