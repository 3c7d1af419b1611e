import { OpenAI } from 'openai';
import { caller, meshUnderTest, type MeshUnderTest } from './mesh-under-test.ts';

const page = (under: MeshUnderTest, path: string): Promise<Response> =>
  fetch(`http://${under.mesh.addresses.api.http}${path}`);

describe('the chat page on the live mesh', () => {
  let under: MeshUnderTest;

  beforeAll(async () => {
    under = await meshUnderTest({ env: { RYZ_WEB_CHAT: '1' } });
  }, 60_000);

  afterAll(() => under.stop());

  it('reads the trace of a request from the store as it is there', async () => {
    const from = caller();
    expect((await page(under, `/chat/trace/${from.traceId}`)).status).toBe(404);
    const openai = new OpenAI({ baseURL: `http://${under.mesh.addresses.api.http}/v1`, apiKey: 'none' });
    await openai.chat.completions.create(
      { model: 'ryzanstein-tiny', messages: [{ role: 'user', content: 'What is a span?' }] },
      { headers: { traceparent: from.traceparent } },
    );
    const stored = await under.trace(from, /Release SERVER ryzanstein-gpu/);
    const answer = await page(under, `/chat/trace/${from.traceId}`);
    const text = await answer.text();
    for (const { spanId } of stored) expect(text).toContain(spanId);
    expect(text).toBe(
      await (await fetch(`http://${under.mesh.addresses.tracebox?.ui}/api/v3/traces/${from.traceId}`)).text(),
    );
  });

  it('makes no span of its own', async () => {
    const asking = caller();
    const headers = { traceparent: asking.traceparent };
    const api = `http://${under.mesh.addresses.api.http}`;
    for (const path of ['/chat', '/chat/assets/page.js', `/chat/trace/${'ab'.repeat(16)}`])
      await (await fetch(api + path, { headers })).text();
    // What is asked last has one, so that those before it would be there.
    await (await fetch(`${api}/v1/models`, { headers })).text();
    const spans = await under.trace(asking, /GET \/v1\/models/);
    expect(spans.map(({ name }) => name)).toEqual(['GET /v1/models']);
  });
});

describe('a mesh without the chat page', () => {
  let under: MeshUnderTest;

  beforeAll(async () => {
    under = await meshUnderTest({ tracebox: false });
  }, 60_000);

  afterAll(() => under.stop());

  it.each(['/chat', '/chat/assets/page.js', `/chat/trace/${'ab'.repeat(16)}`])(
    'knows no %s',
    async (path) => {
      const answer = await page(under, path);
      expect([answer.status, await answer.json()]).toEqual([
        404,
        {
          error: {
            message: `There is no GET ${path} here. Offered: /v1/chat/completions, /v1/completions, /v1/embeddings, /v1/models.`,
            type: 'invalid_request_error',
            param: null,
            code: 'unknown_url',
          },
        },
      ]);
    },
  );
});
