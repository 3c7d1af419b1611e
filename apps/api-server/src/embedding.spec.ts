import { RpcError } from '@ryzanstein/rpc';
import { createLogger } from '@ryzanstein/runtime';
import { checkConventions, expectTree, secret, startTestTelemetry } from '@ryzanstein/testing';
import { aborted, eventually } from '../test/eventually.ts';
import { expectReleases, startMesh } from '../test/mesh.ts';
import { oneVectorEach } from '../test/scripted-engine.ts';

const texts = { model: 'tiny', input: [secret('The owl sleeps.'), secret('A fox.')] };

async function errorOf(work: Promise<unknown>): Promise<RpcError> {
  return work.then(
    () => Promise.reject(new Error('it was answered')),
    (reason: unknown) => RpcError.from(reason),
  );
}

describe('an Embed', () => {
  it('gives the vectors in order, under one lease that is given back', async () => {
    const mesh = await startMesh();
    mesh.engine.embed = async ({ input }) => ({
      embeddings: input.map((_, index) => ({ values: [index, 1 - index] })),
      usage: { promptTokens: 9 },
    });
    expect(await mesh.client.Embed({ input: texts.input })).toEqual({
      model: 'tiny',
      embeddings: [{ values: [0, 1] }, { values: [1, 0] }],
      usage: { promptTokens: 9, completionTokens: 0, cachedPromptTokens: 0 },
    });
    expect(mesh.coordinator.acquired).toMatchObject([
      { model: 'tiny', slots: 1, kvTokens: 5, prefixKey: '' },
    ]);
    expect(mesh.engine.embedded).toEqual([
      { model: 'tiny', input: texts.input, leaseId: 'lease-1', leaseEpoch: String(2n ** 32n + 1n), gpuId: 0 },
    ]);
    await expectReleases(mesh, ['lease-1:done']);
    expect(mesh.finished).toMatchObject([
      { kind: 'embeddings', model: 'tiny', outcome: 'OK', attempts: 1, promptTokens: 9, completionTokens: 0 },
    ]);
  });

  it.each([
    ['no text', [], 'The request cannot be accepted: input is empty; give at least one text.'],
    [
      'an empty text',
      ['x', ''],
      'The request cannot be accepted: input[1] is empty; give it a text or leave it out.',
    ],
    [
      'too many texts',
      Array<string>(257).fill('x'),
      'The request cannot be accepted: input has 257 texts; give at most 256 in one request.',
    ],
  ])('of %s is refused before it costs anything', async (_, input, message) => {
    const mesh = await startMesh();
    expect(await errorOf(mesh.client.Embed({ input }))).toMatchObject({ code: 'INVALID_ARGUMENT', message });
    expect(mesh.coordinator.acquired).toEqual([]);
    expect(mesh.finished).toMatchObject([{ kind: 'embeddings', outcome: 'INVALID_ARGUMENT' }]);
  });

  it('says what the engine says of a text', async () => {
    const mesh = await startMesh();
    const violations = [{ field: 'input[1]', description: 'has 600 tokens; give a text of at most 511' }];
    mesh.engine.embed = () => Promise.reject(new RpcError('INVALID_ARGUMENT', 'inner words', { violations }));
    expect(await errorOf(mesh.client.Embed(texts))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: 'The request cannot be accepted: input[1] has 600 tokens; give a text of at most 511.',
    });
    await expectReleases(mesh, ['lease-1:refused']);
  });

  it('is tried once more on another lease, and on another engine', async () => {
    const mesh = await startMesh({ models: ['tiny', 'tiny'] });
    mesh.engine.embed = async (request) => {
      if (request.leaseId === 'lease-1') throw new RpcError('FAILED_PRECONDITION', 'lease revoked');
      throw new RpcError('UNAVAILABLE', 'going');
    };
    const { embeddings } = await mesh.client.Embed(texts);
    expect(embeddings).toHaveLength(2);
    expect(mesh.finished).toMatchObject([{ outcome: 'OK', attempts: 3 }]);
    await expectReleases(mesh, ['lease-1:refused', 'lease-2:failed', 'lease-3:done']);
  });

  it('says of an engine that is lost for good nothing of a text that was to come', async () => {
    const mesh = await startMesh();
    mesh.engine.embed = () => Promise.reject(new RpcError('UNAVAILABLE', 'going'));
    expect(await errorOf(mesh.client.Embed(texts))).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'The engine was lost before there was an answer. Send the request again in a moment.',
    });
    await expectReleases(mesh, ['lease-1:failed']);
  });

  it('that its caller leaves cancels the engine, and gives the lease back', async () => {
    const mesh = await startMesh();
    let cancelled = false;
    mesh.engine.embed = async (request, { signal }) => {
      await aborted(signal);
      cancelled = true;
      return oneVectorEach(request);
    };
    const caller = new AbortController();
    const failed = errorOf(mesh.client.Embed(texts, { signal: caller.signal }));
    await eventually(() => expect(mesh.engine.embedded).toHaveLength(1));
    caller.abort();
    expect((await failed).code).toBe('CANCELLED');
    await eventually(() => expect(cancelled).toBe(true));
    await expectReleases(mesh, ['lease-1:cancelled']);
    expect(mesh.finished).toMatchObject([{ kind: 'embeddings', outcome: 'CANCELLED' }]);
  });

  it('leaves one trace and one log line, without a word of a text', async () => {
    const { telemetry, recorder } = startTestTelemetry({ serviceName: 'ryzanstein-api' });
    const lines: string[] = [];
    const logger = createLogger({
      service: 'ryzanstein-api',
      level: 'info',
      destination: { write: (line: string) => void lines.push(line) },
    });
    try {
      const mesh = await startMesh({ telemetry, logger });
      recorder.clear();
      await mesh.client.Embed(texts);
      const spans = await recorder.whenIdle(8);
      expect(checkConventions(spans)).toEqual([]);
      const call = (name: string) => ({
        name,
        kind: 'CLIENT' as const,
        children: [{ name, kind: 'SERVER' as const }],
      });
      expectTree(spans).toEqual({
        name: 'ryzanstein.api.v1.LlmService/Embed',
        kind: 'CLIENT',
        children: [
          {
            name: 'ryzanstein.api.v1.LlmService/Embed',
            kind: 'SERVER',
            attributes: { 'ryzanstein.model': 'tiny', 'ryzanstein.latency.total_ms': expect.any(Number) },
            children: [
              call('ryzanstein.gpu.v1.GpuCoordinator/Acquire'),
              call('ryzanstein.engine.v1.InferenceEngine/Embed'),
              call('ryzanstein.gpu.v1.GpuCoordinator/Release'),
            ],
          },
        ],
      });
      const told = lines.filter((line) => line.includes('embeddings finished'));
      expect(told.map((line): unknown => JSON.parse(line))).toMatchObject([
        { model: 'tiny', outcome: 'OK', prompt_tokens: 6, lease_id: 'lease-1', attempts: 1 },
      ]);
      expect(lines.join()).not.toMatch(/owl|fox/);
    } finally {
      await telemetry.shutdown();
    }
  });
});
