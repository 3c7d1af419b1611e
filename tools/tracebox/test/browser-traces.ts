import type { Tracebox } from '../src/index.ts';
import { chatTrace, logRequest, traceOf, type MadeSpan } from './mesh-traces.ts';
import { postJson } from './otlp-client.ts';

/** Traces in the store beside those that the checks open. */
export const storedTraces = 1_000;

/** Milliseconds since 1970 at which the test began. */
export const now = Date.now();
/** Holds the lease that `waiter` waits for. */
export const holder = chatTrace('holder', now - 5_000);
/** Waits for a lease, and links to its holder. */
export const waiter = chatTrace('waiter', now - 4_000, {
  waitMs: 80,
  behind: [{ traceId: holder.traceId, spanId: holder.spanIds.acquired ?? '', requestId: 'req-holder' }],
});
/** Ends in an error. */
export const failed = chatTrace('failed', now - 3_000, { error: 'UNAVAILABLE' });
/** Markup that would leave a mark on `window` if it ran. */
export const hostileText = '<img src=x onerror="window.harmed=1"><script>window.harmed=1</script>';
/** Has that markup wherever a span can hold text. */
export const hostile = traceOf('hostile', now - 2_000, [
  {
    key: 'a',
    service: `evil${hostileText}`,
    name: hostileText,
    kind: 2,
    startMs: 0,
    endMs: 20,
    error: hostileText,
    attributes: {
      [hostileText]: hostileText,
      href: 'javascript:window.harmed=1',
      list: [hostileText, hostileText],
    },
    events: [{ name: hostileText, atMs: 5, attributes: { [hostileText]: hostileText } }],
    links: [{ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), attributes: { k: hostileText } }],
  },
]);
/** Lacks its root. */
export const orphan = traceOf('orphan', now - 1_000, [
  {
    key: 'child',
    parent: 'absent',
    service: 'ryzanstein-inference',
    name: 'orphaned',
    kind: 1,
    startMs: 3,
    endMs: 9,
  },
  {
    key: 'grandchild',
    parent: 'child',
    service: 'ryzanstein-inference',
    name: 'below it',
    kind: 1,
    startMs: 4,
    endMs: 6,
  },
]);
/** Has more spans than a screen shows. */
export const wide = traceOf('wide', now - 1_500, [
  { key: 'root', service: 'wide', name: 'wide root', kind: 2, startMs: 0, endMs: 3_000 },
  ...Array.from({ length: 3_000 }, (_, at): MadeSpan => ({
    key: `s${at}`,
    parent: 'root',
    service: 'wide',
    name: `step ${at}`,
    kind: 1,
    startMs: at,
    endMs: at + 1,
  })),
]);

/** Stores all but `holder`, and logs of two. */
export async function store(box: Tracebox): Promise<void> {
  for (let from = 0; from < storedTraces; from += 50) {
    const resourceSpans = Array.from({ length: 50 }, (_, at) => from + at).flatMap(
      (at) =>
        chatTrace(`bulk-${at}`, now - 60_000 - at * 40, { tokens: 5 + (at % 30) }).request.resourceSpans,
    );
    await postJson(box, 'traces', { resourceSpans });
  }
  for (const { request } of [waiter, failed, hostile, wide, orphan]) await postJson(box, 'traces', request);
  const { traceId, spanIds } = failed;
  const logs = logRequest('ryzanstein-inference', [
    {
      traceId,
      spanId: spanIds.chat ?? '',
      epochMs: now - 2_950,
      severity: 'ERROR',
      message: 'the device went away',
      attributes: { device: 0 },
    },
    { traceId, spanId: spanIds.root ?? '', epochMs: now - 2_999, message: 'chat accepted' },
    {
      traceId: hostile.traceId,
      spanId: hostile.spanIds.a ?? '',
      epochMs: now - 1_990,
      message: hostileText,
      attributes: { [hostileText]: hostileText },
    },
  ]);
  await postJson(box, 'logs', logs);
}
