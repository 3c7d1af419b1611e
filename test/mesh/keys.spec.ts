import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gpuCoordinator, llmService } from '@ryzanstein/contracts';
import { createRpcClient } from '@ryzanstein/rpc';
import { apiKeyLine, newApiKey, withoutApiKey } from '@ryzanstein/runtime';
import { secret, startOtlpCollector, type OtlpCollector } from '@ryzanstein/testing';
import { AuthenticationError, OpenAI } from 'openai';
import { asking, caller, failure, meshUnderTest, type MeshUnderTest } from './mesh-under-test.ts';
import { until } from './stored-trace.ts';

const folder = mkdtempSync(join(tmpdir(), 'ryz-mesh-keys-'));
const file = join(folder, 'api-keys');
const [web, batch, wrong] = [newApiKey(), newApiKey(), newApiKey()];
secret(web, batch, wrong);
const said = {
  none: 'An API key is asked for; send `authorization: Bearer <key>`.',
  wrong: 'The API key is not valid here; ask whoever runs this server for one that is.',
};
const bearing = (key: string) => ({ metadata: { authorization: `Bearer ${key}`, 'x-client-id': 'another' } });
const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'What is a span?' }];

let under: MeshUnderTest;

beforeAll(async () => {
  writeFileSync(file, `${apiKeyLine('web', web)}\n${apiKeyLine('batch', batch)}\n`);
  under = await meshUnderTest({ envOf: { 'api-server': { RYZ_API_KEYS_FILE: file } } });
}, 60_000);

afterAll(async () => {
  await under.stop();
  rmSync(folder, { recursive: true });
});

const openai = (apiKey: string): OpenAI =>
  new OpenAI({ baseURL: `http://${under.mesh.addresses.api.http}/v1`, apiKey, maxRetries: 0 });
const ask = (apiKey: string) =>
  openai(apiKey).chat.completions.create({ model: 'ryzanstein-tiny', max_tokens: 8, messages });

describe('a mesh that asks for keys', () => {
  it('knows the official client by its key', async () => {
    expect((await ask(web)).choices[0]?.message.content).toEqual(expect.any(String));
    const error = await ask(wrong).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AuthenticationError);
    expect(error).toMatchObject({ status: 401, code: 'invalid_api_key', message: `401 ${said.wrong}` });
    const without = await fetch(`http://${under.mesh.addresses.api.http}/v1/models`);
    expect([without.status, without.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await without.json()).toMatchObject({ error: { message: said.none } });
  });

  it('knows gRPC callers by theirs', async () => {
    expect((await under.chat(asking('Hi', { maxTokens: 4 }), bearing(batch))).last.usage).not.toBeNull();
    expect(await failure(under.chat(asking('Hi'), bearing(wrong)))).toMatchObject({
      code: 'UNAUTHENTICATED',
      message: said.wrong,
    });
    expect(await failure(under.client.ListModels({}))).toMatchObject({
      code: 'UNAUTHENTICATED',
      message: said.none,
    });
  });

  it('leaves one span of a refusal, which is no error, with either protocol', async () => {
    for (const refuse of [
      (traceparent: string) =>
        failure(under.client.Chat(asking('Hi'), { metadata: { ...bearing(wrong).metadata, traceparent } })),
      (traceparent: string) =>
        openai(wrong)
          .chat.completions.create({ model: 'ryzanstein-tiny', messages }, { headers: { traceparent } })
          .catch((error: unknown) => error),
    ]) {
      const from = caller();
      await refuse(from.traceparent);
      const [span, ...others] = await under.trace(from, /SERVER/);
      expect(others).toEqual([]);
      expect(span?.attributes).not.toHaveProperty('error.type');
      const text = JSON.stringify(span, (_key, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      );
      expect(text).not.toContain(wrong);
    }
  });

  it('counts callers in the fair queue by the names of their keys', async () => {
    const coordinator = createRpcClient(gpuCoordinator, under.mesh.addresses.gpu.grpc);
    const watch = coordinator.WatchLeases({});
    const clients = new Set<string>();
    const read = (async () => {
      for await (const { clientId } of watch) if (clientId !== '') clients.add(clientId);
    })().catch(() => {});
    // A watch says nothing before the first event.
    await until(
      async () => {
        await Promise.all([ask(web), under.chat(asking('Hi', { maxTokens: 2 }), bearing(batch))]);
        return clients.size;
      },
      (seen) => seen >= 2,
      10_000,
    );
    expect([...clients].sort()).toEqual(['batch', 'web']);
    watch.cancel();
    await read;
    coordinator.close();
  });

  it('refuses a revoked key within 2 s, and lets its running chat end', async () => {
    const running = under.client.ChatStream(
      asking('Tell me a long story.', { maxTokens: 300 }),
      bearing(web),
    );
    await running.next();
    writeFileSync(file, withoutApiKey(readFileSync(file, 'utf8'), 'web') ?? '');
    const revokedAt = performance.now();
    const refused = await until(
      () =>
        under.client.ListModels({}, bearing(web)).then(
          () => undefined,
          (error: unknown) => error,
        ),
      (error) => error !== undefined,
      5_000,
    );
    expect(refused).toMatchObject({ code: 'UNAUTHENTICATED', message: said.wrong });
    expect(performance.now() - revokedAt).toBeLessThan(2_000);
    let finish: string | undefined;
    for await (const { finishReason } of running) finish = finishReason;
    expect(finish).toMatch(/STOP|LENGTH/);
    await under.client.ListModels({}, bearing(batch));
  });
});

describe('telemetry of a mesh that asks for keys', () => {
  let collector: OtlpCollector | undefined;
  afterAll(() => collector?.stop());

  it('holds no key: in no span, no metric and no log', async () => {
    const own = join(folder, 'own-keys');
    writeFileSync(own, apiKeyLine('web', web));
    collector = await startOtlpCollector();
    const exporting = await meshUnderTest({
      tracebox: false,
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, RYZ_LOG_LEVEL: 'debug' },
      envOf: { 'api-server': { RYZ_API_KEYS_FILE: own } },
    });
    const client = createRpcClient(llmService, exporting.mesh.addresses.api.grpc);
    await client.Chat(asking('Hi', { maxTokens: 2 }), bearing(web));
    await failure(client.Chat(asking('Hi'), bearing(wrong)));
    for (const key of [web, wrong])
      await fetch(`http://${exporting.mesh.addresses.api.http}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify({ model: 'ryzanstein-tiny', max_tokens: 2, messages }),
      });
    client.close();
    await exporting.stop();
    const all = JSON.stringify([collector.spans, collector.metrics, collector.logs]);
    expect(collector.spans.length).toBeGreaterThan(10);
    expect(collector.logs.length).toBeGreaterThan(3);
    for (const text of [web, wrong, 'Bearer ', 'sha256:']) expect(all).not.toContain(text);
  }, 60_000);
});
