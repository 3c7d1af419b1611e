import { holder, startWithTraces, waiter } from '../../test/stored-traces.ts';
import { query } from '../../test/otlp-client.ts';
import type { Tracebox } from '../index.ts';

describe('why a stored request was slow', () => {
  let box: Tracebox;
  beforeAll(async () => {
    box = await startWithTraces();
  });
  afterAll(() => box.stop());

  it('names whom it waited behind, with the trace of that request', async () => {
    const { status, body } = await query(box, `/api/tracebox/traces/${waiter.traceId}/why`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      requestId: 'req-waiter',
      behind: [{ requestId: 'req-holder', traceId: holder.traceId }],
      traceIds: { 'req-holder': holder.traceId },
    });
    const { parts } = body as { parts: { percent: number }[] };
    expect(parts.reduce((sum, { percent }) => sum + percent, 0)).toBe(100);
  });

  it('says that a trace is not stored', async () => {
    const { status } = await query(box, `/api/tracebox/traces/${'9'.repeat(32)}/why`);
    expect(status).toBe(404);
  });
});
