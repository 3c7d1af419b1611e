import type { Tracebox } from '../src/index.ts';
import { chatTrace, logRequest, traceOf } from './mesh-traces.ts';
import { postJson, startOnFreePorts } from './otlp-client.ts';

/** When the stored traces begin: 2023-11-14T22:13:20Z. */
export const startMs = 1_700_000_000_000;

export const holder = chatTrace('holder', startMs);
export const waiter = chatTrace('waiter', startMs + 100, {
  waitMs: 80,
  behind: [{ traceId: holder.traceId, spanId: holder.spanIds.acquired ?? '', requestId: 'req-holder' }],
});
export const failed = chatTrace('failed', startMs + 200, { error: 'UNAVAILABLE' });
export const small = traceOf('small', startMs + 300, [
  {
    key: 'a',
    service: 'one',
    name: 'GET /a',
    kind: 2,
    startMs: 0,
    endMs: 5.5,
    attributes: { 'http.status': 200, ratio: 0.25, cached: false, tags: ['x', 'y'] },
    events: [{ name: 'first_token', atMs: 2, attributes: { index: 0 } }],
  },
  {
    key: 'b',
    parent: 'a',
    service: 'two',
    name: 'work',
    kind: 1,
    startMs: 1,
    endMs: 4,
    error: 'broke',
    links: [
      { traceId: holder.traceId, spanId: holder.spanIds.root ?? '', attributes: { why: 'same device' } },
    ],
  },
]);

/** A tracebox, a minute after the first of four traces: two chats, one of which waited for the other, a failed one, a small one with logs. */
export async function startWithTraces(): Promise<Tracebox> {
  const clock = {
    epochMs: () => startMs + 60_000,
    monotonicMs: () => 0,
    after: () => ({ cancel: () => {} }),
  };
  const box = await startOnFreePorts({ clock });
  for (const { request } of [holder, waiter, failed, small]) await postJson(box, 'traces', request);
  await postJson(
    box,
    'logs',
    logRequest('one', [
      {
        traceId: small.traceId,
        spanId: small.spanIds.a ?? '',
        epochMs: startMs + 302,
        message: 'second',
        attributes: { n: 2 },
      },
      { traceId: small.traceId, epochMs: startMs + 301, severity: 'ERROR', message: 'first' },
    ]),
  );
  return box;
}
