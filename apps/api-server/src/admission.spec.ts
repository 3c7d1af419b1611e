import { aborted, eventually, gate } from '../test/eventually.ts';
import { beginChat, chat, expectReleases, question, startMesh } from '../test/mesh.ts';
import { accepted, delta, done, started } from '../test/scripted-engine.ts';

describe('admission', () => {
  it('refuses what cannot be right before it costs anything, all problems together', async () => {
    const mesh = await startMesh();
    const { error } = await chat(mesh, {
      model: 'tiny',
      messages: [{ role: 'tool', content: 'x' }],
      temperature: 3,
      maxTokens: -5,
    });
    expect(error).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message:
        'The request cannot be accepted: messages[0].role is "tool"; give "system", "user" or "assistant"; ' +
        'max_tokens is -5; give a whole number from 1 to 1000000; temperature is 3; give a number from 0 to 2.',
      violations: [
        { field: 'messages[0].role', description: 'is "tool"; give "system", "user" or "assistant"' },
        { field: 'max_tokens', description: 'is -5; give a whole number from 1 to 1000000' },
        { field: 'temperature', description: 'is 3; give a number from 0 to 2' },
      ],
    });
    expect(mesh.coordinator.acquired).toEqual([]);
    expect(mesh.finished).toMatchObject([{ outcome: 'INVALID_ARGUMENT', attempts: 0 }]);
    expect(mesh.finished[0]?.model).toBeUndefined();
  });

  it('refuses more tokens than the model has context', async () => {
    const mesh = await startMesh();
    const { error } = await chat(mesh, { ...question, maxTokens: 4_096 });
    expect(error).toMatchObject({
      code: 'INVALID_ARGUMENT',
      message:
        'The request cannot be accepted: max_tokens is 4096; give less than the 512 tokens of context of tiny, prompt included.',
    });
  });

  it('works on no more requests at once than it may, waiting ones included', async () => {
    const mesh = await startMesh({ maxConcurrent: 2 });
    const granted = gate();
    mesh.coordinator.acquire = async (request) => {
      await granted.opened;
      return mesh.coordinator.grant(request);
    };
    const admitted = [chat(mesh), mesh.client.Chat(question)];
    await eventually(() => expect(mesh.coordinator.acquired).toHaveLength(2));
    const { error } = await chat(mesh);
    expect(error).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      message: 'This server already works on 2 requests, its limit. Send the request again in a moment.',
      retryAfterMs: 1_000,
    });
    await expect(mesh.client.CountTokens({ prompt: 'x' })).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
    });
    granted.open();
    await Promise.all(admitted);
    expect((await chat(mesh)).error).toBeUndefined();
    await expectReleases(mesh, ['lease-1:done', 'lease-2:done', 'lease-3:done']);
  });

  it('takes a caller by the host it calls from, unless it names itself', async () => {
    const mesh = await startMesh();
    await chat(mesh);
    await chat(mesh, question, { metadata: { 'x-client-id': 'two words' } });
    expect(mesh.coordinator.acquired.map(({ clientId }) => clientId)).toEqual(['127.0.0.1', '127.0.0.1']);
  });

  it('gives back its place on every way out', async () => {
    const mesh = await startMesh({ maxConcurrent: 1 });
    mesh.engine.generate = async function* (_request, ctx) {
      yield delta('x');
      await aborted(ctx.signal);
    };
    for (let round = 0; round < 3; round += 1) {
      const stream = mesh.client.ChatStream(question);
      await stream.next();
      await stream.return?.();
      await eventually(() => expect(mesh.finished).toHaveLength(round + 1));
      await eventually(() => expect(mesh.coordinator.released).toHaveLength(round + 1));
    }
    expect(mesh.finished.map(({ outcome }) => outcome)).toEqual(['CANCELLED', 'CANCELLED', 'CANCELLED']);
  });
});

describe('a drain', () => {
  it('lets a running reply finish, and takes no new one', async () => {
    const mesh = await startMesh();
    const next = gate();
    mesh.engine.generate = async function* () {
      yield accepted;
      yield started;
      yield delta('The');
      await next.opened;
      yield delta(' end');
      yield done;
    };
    const stream = mesh.client.ChatStream(question);
    await stream.next();
    const drained = mesh.drain(5_000);
    expect((await chat(mesh)).error?.code).toBe('UNAVAILABLE');
    next.open();
    const rest = [];
    for await (const chunk of stream) rest.push(chunk.delta?.content);
    expect(rest).toEqual([' end', '']);
    expect(await drained).toBe('drained');
    await expectReleases(mesh, ['lease-1:done']);
  });

  it('cuts off what does not finish, and says how far the text came', async () => {
    const mesh = await startMesh();
    mesh.engine.generate = async function* (_request, ctx) {
      yield delta('The', 4);
      await aborted(ctx.signal);
    };
    const { begun, outcome } = beginChat(mesh);
    await begun;
    expect(await mesh.drain(50)).toBe('forced');
    const { error, trailers } = await outcome;
    expect(error?.code).toBe('UNAVAILABLE');
    expect(trailers['x-tokens-sent']).toBe('4');
    await expectReleases(mesh, ['lease-1:cancelled']);
  });
});
