import type { RecordedSpan } from '@ryzanstein/tracing/testing';
import { checkConsistency } from './consistency-check.ts';

const startEpochMs = 1_767_225_600_000.25;

function span(spanId: string, parentSpanId: string | undefined, more: Partial<RecordedSpan>): RecordedSpan {
  return {
    traceId: 't',
    spanId,
    parentSpanId,
    name: 'chat tiny',
    kind: 'INTERNAL',
    service: 'ryzanstein-inference',
    scope: 'test',
    status: 'UNSET',
    statusMessage: undefined,
    attributes: {},
    events: [],
    links: [],
    startEpochMs,
    endEpochMs: startEpochMs + 10,
    traceState: undefined,
    traceFlags: 1,
    resource: {},
    ...more,
  };
}

const root = span('root', 'caller', {
  name: 'ryzanstein.api.v1.LlmService/Chat',
  kind: 'SERVER',
  service: 'ryzanstein-api',
  attributes: { 'rpc.method': 'ryzanstein.api.v1.LlmService/Chat', 'rpc.response.status_code': 'OK' },
});
const chat = span('chat', 'root', {
  attributes: { 'ryzanstein.tokens.input': 11, 'ryzanstein.tokens.output': 4 },
});

describe(checkConsistency, () => {
  it('finds nothing in a trace that agrees with the client', () => {
    const tokens = [{ from: 'the client', input: 11, output: 4 }];
    expect(checkConsistency([root, chat], [{ traceId: 't', tokens }])).toEqual({
      traces: 1,
      missing: 0,
      violations: new Map(),
    });
  });

  it('tells what disagrees by rule, and who has no trace', () => {
    const spans = [root, { ...chat, endEpochMs: startEpochMs + 12 }, span('lone', 'gone', { name: 'queue' })];
    const tokens = [{ from: 'the client', output: 5 }];
    const { traces, missing, violations } = checkConsistency(spans, [
      { traceId: 't', tokens },
      { traceId: 'none', tokens },
    ]);
    expect({ traces, missing }).toEqual({ traces: 1, missing: 1 });
    expect(violations.get('tokens')).toEqual(['t: chat tiny has 4 tokens of output, and 5 by the client']);
    expect(violations.get('no_orphan')).toEqual(['t: queue hangs on gone, which is not in the trace']);
  });
});
