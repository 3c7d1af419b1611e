import { failed, holder, small, startWithTraces, waiter } from '../../test/stored-traces.ts';
import { query } from '../../test/otlp-client.ts';
import type { Tracebox } from '../index.ts';

describe('the page’s own API', () => {
  let box: Tracebox;
  beforeAll(async () => {
    box = await startWithTraces();
  });
  afterAll(() => box.stop());
  const get = (path: string) => query(box, path);

  const search = async (parameters: string): Promise<string[]> => {
    const { body } = await get(`/api/tracebox/search?${parameters}`);
    return (body as { traces: { traceId: string }[] }).traces.map(({ traceId }) => traceId);
  };

  it('searches, newest first', async () => {
    expect(await search('')).toEqual([small, failed, waiter, holder].map(({ traceId }) => traceId));
    expect(await search('service=ryzanstein-gpu&limit=1')).toEqual([failed.traceId]);
    expect(await search('errors=true')).toEqual([small.traceId, failed.traceId]);
    expect(await search('requestId=req-waiter')).toEqual([waiter.traceId]);
    expect(await search('attribute=http.status%3D200')).toEqual([small.traceId]);
    expect(await search('attribute=ryzanstein.model%3D%22ryz-tiny%22&attribute=error%3Dtrue')).toEqual([
      failed.traceId,
    ]);
    expect(
      await search('attribute=rpc.method%3Dryzanstein.gpu.v1.GpuCoordinator/Acquire&minDuration=300'),
    ).toEqual([waiter.traceId]);
    expect(await search('maxDuration=10ms')).toEqual([small.traceId]);
    expect(await search('operation=gpu.lease.wait&errors=1')).toEqual([]);
    expect((await get('/api/tracebox/search?attribute=novalue')).status).toBe(400);
    expect((await get('/api/tracebox/search?minDuration=soon')).status).toBe(400);
  });

  it('draws a small picture of each trace', async () => {
    const { body } = await get('/api/tracebox/search?service=one');
    expect(body).toEqual({
      more: false,
      traces: [
        {
          traceId: small.traceId,
          rootName: 'GET /a',
          rootService: 'one',
          rootMissing: false,
          startUnixMicros: 1_700_000_000_300_000,
          durationMicros: 5_500,
          spanCount: 2,
          errorCount: 1,
          services: [
            { name: 'one', spanCount: 1 },
            { name: 'two', spanCount: 1 },
          ],
          bars: [
            { service: 0, offsetMicros: 0, durationMicros: 5_500 },
            { service: 1, offsetMicros: 1_000, durationMicros: 3_000, error: true },
          ],
        },
      ],
    });
  });

  it('gives a trace with its logs in order of time and the links to and from others', async () => {
    const { body } = await get(`/api/tracebox/traces/${small.traceId}`);
    expect(body).toMatchObject({
      spans: [
        { service: 'one', resource: 0 },
        { service: 'two', resource: 1 },
      ],
      logs: [
        { body: { stringValue: 'first' } },
        { body: { stringValue: 'second' }, spanId: small.spanIds.a },
      ],
      linkedFrom: [],
      linkTargets: [
        {
          traceId: holder.traceId,
          spanId: holder.spanIds.root,
          service: 'ryzanstein-api',
          name: 'ryzanstein.api.v1.LlmService/ChatStream',
        },
      ],
    });
    expect((await get(`/api/tracebox/traces/${holder.traceId}`)).body).toMatchObject({
      linkedFrom: [
        {
          traceId: waiter.traceId,
          spanId: waiter.spanIds.wait,
          service: 'ryzanstein-gpu',
          name: 'gpu.lease.wait',
          toSpanId: holder.spanIds.acquired,
        },
        {
          traceId: small.traceId,
          spanId: small.spanIds.b,
          service: 'two',
          name: 'work',
          toSpanId: holder.spanIds.root,
        },
      ],
    });
  });

  it('sends an unchanged trace once', async () => {
    const url = `http://${box.addresses.ui}/api/tracebox/traces/${small.traceId}`;
    const first = await fetch(url);
    await first.arrayBuffer();
    const etag = first.headers.get('etag') ?? '';
    const again = await fetch(url, { headers: { 'if-none-match': etag } });
    expect([again.status, (await again.arrayBuffer()).byteLength]).toEqual([304, 0]);
  });

  it('tells a reader where spans are taken', async () => {
    expect((await get('/api/tracebox/status')).body).toEqual({
      traces: 4,
      spans: 36,
      logs: 2,
      maxTraces: 10_000,
      maxAgeHours: 24,
      otlpGrpc: box.addresses.otlpGrpc,
      otlpHttp: box.addresses.otlpHttp,
    });
  });

  it('answers unknown paths as JSON, and the page’s own as the page under a strict policy', async () => {
    expect((await get('/api/nothing')).status).toBe(404);
    const page = await fetch(`http://${box.addresses.ui}/trace/${small.traceId}?span=1`);
    expect(page.headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(await page.text()).toContain('build-page.mjs');
  });
});
