import { eventually, gate, settledAt } from '../test/eventually.ts';
import { chat, deviceOf, expectReleases, question, startMesh } from '../test/mesh.ts';
import { accepted, delta, done, started } from '../test/scripted-engine.ts';

describe('a chat', () => {
  it('streams the text as it comes, and ends with usage and timings', async () => {
    const mesh = await startMesh();
    const { chunks, error } = await chat(mesh);
    expect(error).toBeUndefined();
    expect(chunks.map((chunk) => chunk.delta?.content)).toEqual(['The', ' owl', ' sleeps', '']);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(chunks[0]).toEqual({
      id: expect.stringMatching(/^chat-[0-9a-f-]{36}$/),
      model: 'tiny',
      delta: { content: 'The' },
      finishReason: 'FINISH_REASON_UNSPECIFIED',
      usage: null,
      timings: null,
    });
    const last = chunks.at(-1);
    expect(last).toMatchObject({
      finishReason: 'FINISH_REASON_STOP',
      usage: { promptTokens: 7, completionTokens: 4, cachedPromptTokens: 2 },
      timings: { queueMs: 1.5, prefillMs: 20.25, decodeMs: 30.125 },
    });
    const { leaseWaitMs = 0, ttftMs = 0, totalMs = 0 } = last?.timings ?? {};
    expect(leaseWaitMs).toBeGreaterThan(0);
    expect(ttftMs).toBeGreaterThan(leaseWaitMs);
    expect(totalMs).toBeGreaterThanOrEqual(ttftMs);
  });

  it('takes one lease, says what the engine has to know, and gives the lease back once', async () => {
    const mesh = await startMesh();
    const request = { ...question, maxTokens: 20, temperature: 0, seed: '7', stop: ['.'], priority: 3 };
    const { chunks } = await chat(mesh, request, { metadata: { 'x-client-id': 'team-a' } });
    expect(mesh.coordinator.acquired).toEqual([
      {
        clientId: 'team-a',
        idempotencyKey: expect.stringMatching(/./),
        prefixKey: expect.stringMatching(/^[\w-]{8}$/),
        holderId: expect.stringMatching(/^api-/),
        model: 'tiny',
        slots: 1,
        kvTokens: 31,
        priority: 3,
        ttlMs: 0,
        replacesLeaseIds: [],
        avoidEngineIds: [],
      },
    ]);
    expect(mesh.engine.generated).toHaveLength(1);
    expect(mesh.engine.generated[0]).toMatchObject({
      model: 'tiny',
      chat: { messages: question.messages },
      sampling: { temperature: 0, seed: '7' },
      stopping: { maxTokens: 20, stop: ['.'] },
      leaseId: 'lease-1',
      leaseEpoch: String(2n ** 32n + 1n),
      gpuId: 0,
      clientStreams: true,
      responseId: chunks[0]?.id,
      priority: 3,
    });
    expect(mesh.engine.generated[0]?.sampling?.topP).toBeUndefined();
    expect(mesh.engine.generated[0]?.sampling?.topK).toBeUndefined();
    await expectReleases(mesh, ['lease-1:done']);
    expect(mesh.finished).toMatchObject([
      { kind: 'chat', model: 'tiny', outcome: 'OK', attempts: 1, promptTokens: 7, completionTokens: 4 },
    ]);
  });

  it('comes in one piece, too', async () => {
    const mesh = await startMesh();
    const response = await mesh.client.Chat(question);
    expect(response).toMatchObject({
      id: expect.stringMatching(/^chat-/),
      model: 'tiny',
      message: { role: 'assistant', content: 'The owl sleeps' },
      finishReason: 'FINISH_REASON_STOP',
      usage: { completionTokens: 4 },
    });
    expect(mesh.engine.generated[0]?.clientStreams).toBe(false);
    await expectReleases(mesh, ['lease-1:done']);
  });

  it('passes text on at once, not when the next one comes', async () => {
    const mesh = await startMesh();
    const next = gate();
    mesh.engine.generate = async function* () {
      yield accepted;
      yield started;
      yield delta('one');
      await next.opened;
      yield delta('two');
      yield done;
    };
    const stream = mesh.client.ChatStream(question);
    const first = await stream.next();
    expect(first.value?.delta?.content).toBe('one');
    next.open();
    const rest = [];
    for await (const chunk of stream) rest.push(chunk.delta?.content);
    expect(rest).toEqual(['two', '']);
  });

  it('does not keep the reader waiting for the release', async () => {
    const mesh = await startMesh();
    const arrived = gate();
    mesh.coordinator.release = () => arrived.opened;
    expect((await chat(mesh)).text).toBe('The owl sleeps');
    arrived.open();
    await expectReleases(mesh, ['lease-1:done']);
  });

  it('stops the engine while the reader does not read', async () => {
    const mesh = await startMesh();
    const piece = 'x'.repeat(16_384);
    let made = 0;
    mesh.engine.generate = async function* () {
      yield accepted;
      yield started;
      for (; made < 300; made += 1) yield delta(piece);
      yield done;
    };
    const stream = mesh.client.ChatStream(question);
    await stream.next();
    await settledAt(() => made);
    expect(made).toBeLessThan(250);
    let read = 1;
    for await (const chunk of stream) read += chunk.delta?.content === '' ? 0 : 1;
    expect(read).toBe(300);
  });
});

describe('a completion', () => {
  it('goes on from a prompt, streamed and in one piece', async () => {
    const mesh = await startMesh();
    const request = { model: 'tiny', prompt: 'The owl' };
    const texts = [];
    let id = '';
    for await (const chunk of mesh.client.CompleteStream(request)) {
      texts.push(chunk.text);
      id = chunk.id;
    }
    expect(texts).toEqual(['The', ' owl', ' sleeps', '']);
    expect(id).toMatch(/^cmpl-/);
    expect(await mesh.client.Complete(request)).toMatchObject({
      text: 'The owl sleeps',
      usage: { promptTokens: 7 },
    });
    expect(mesh.engine.generated[0]).toMatchObject({ text: 'The owl', prompt: 'text', responseId: id });
    await expectReleases(mesh, ['lease-1:done', 'lease-2:done']);
  });
});

describe('what is not generated', () => {
  it('lists the models that live devices serve', async () => {
    const mesh = await startMesh({ models: ['tiny', 'large', 'tiny'] });
    const { models } = await mesh.client.ListModels({});
    expect(models).toEqual([
      { id: 'large', contextLength: 512, slots: 4 },
      { id: 'tiny', contextLength: 512, slots: 8 },
    ]);
  });

  it('counts tokens without a lease', async () => {
    const mesh = await startMesh();
    expect(await mesh.client.CountTokens({ prompt: 'The owl' })).toEqual({ tokens: 11, model: 'tiny' });
    expect(await mesh.client.CountTokens({ model: 'tiny', chat: { messages: question.messages } })).toEqual({
      tokens: 11,
      model: 'tiny',
    });
    expect(mesh.engine.tokenized).toMatchObject([
      { model: 'tiny', text: 'The owl' },
      { model: 'tiny', chat: { messages: question.messages } },
    ]);
    expect(mesh.coordinator.acquired).toEqual([]);
    await expect(mesh.client.CountTokens({})).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      violations: [{ field: 'input', description: 'is absent; give either prompt or chat' }],
    });
    await expect(mesh.client.CountTokens({ model: 'huge', prompt: 'x' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('the model', () => {
  it('may be left out where there is one, and not where there are several', async () => {
    const mesh = await startMesh();
    const { messages } = question;
    expect((await chat(mesh, { messages })).chunks.at(-1)?.model).toBe('tiny');
    mesh.coordinator.devices.push({ ...deviceOf(mesh.engine, 'large', 1) });
    await eventually(async () => expect((await mesh.client.ListModels({})).models).toHaveLength(2));
    const { error } = await chat(mesh, { messages });
    expect(error).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message:
        'The request cannot be accepted: model is empty, and several models are served; name one of large, tiny.',
      violations: [{ field: 'model' }],
    });
  });

  it('is looked up anew before a request is turned away for it', async () => {
    const mesh = await startMesh();
    mesh.coordinator.devices.push({ ...deviceOf(mesh.engine, 'large', 1) });
    expect((await chat(mesh, { ...question, model: 'large' })).error).toBeUndefined();
    const { error } = await chat(mesh, { ...question, model: 'tinny' });
    expect(error).toMatchObject({
      code: 'NOT_FOUND',
      message: 'No device serves a model "tinny". Served now: large, tiny.',
    });
    expect(mesh.coordinator.acquired).toHaveLength(1);
  });
});
