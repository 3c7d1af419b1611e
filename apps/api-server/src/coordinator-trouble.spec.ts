import { RpcError } from '@ryzanstein/rpc';
import { aborted, eventually, gate } from '../test/eventually.ts';
import { chat, expectReleases, startMesh } from '../test/mesh.ts';
import { accepted, delta, done, started } from '../test/scripted-engine.ts';

describe('a lease', () => {
  it('that the coordinator no longer honours ends its request, and no other', async () => {
    const mesh = await startMesh();
    const next = gate();
    mesh.engine.generate = async function* (_request, ctx) {
      yield accepted;
      yield started;
      yield delta('The', 2);
      await Promise.race([next.opened, aborted(ctx.signal)]);
      yield delta(' end');
      yield done;
    };
    const replies = [chat(mesh), chat(mesh)];
    await eventually(() => expect(mesh.coordinator.renewed.at(-1)).toEqual(['lease-1', 'lease-2']));
    mesh.coordinator.lost.add('lease-2');
    const { error, trailers } = (await replies[1]) ?? {};
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message:
        'The lease on the device was lost after 2 tokens. The text is incomplete; send the request again in a moment.',
    });
    expect(trailers?.['x-tokens-sent']).toBe('2');
    next.open();
    expect(await replies[0]).toMatchObject({ text: 'The end', error: undefined });
    await expectReleases(mesh, ['lease-2:failed', 'lease-1:done']);
  });

  it('outlives the coordinator, and is told to the next one', async () => {
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
    const reply = chat(mesh);
    await eventually(() => expect(mesh.coordinator.renewed.at(-1)).toEqual(['lease-1']));
    const second = await mesh.replaceCoordinator();
    await eventually(() => expect(second.renewed[0]).toEqual(['lease-1']));
    next.open();
    expect(await reply).toMatchObject({ text: 'The end', error: undefined });
    await expectReleases(mesh, ['lease-1:done']);
    expect(mesh.ready).toBe(true);
  });

  it('is given back with patience, and in the end left to run out', async () => {
    const mesh = await startMesh();
    let refusals = 2;
    mesh.coordinator.release = async () => {
      if (refusals-- > 0) throw new RpcError('UNAVAILABLE', 'not now');
    };
    expect((await chat(mesh)).error).toBeUndefined();
    await expectReleases(mesh, ['lease-1:done', 'lease-1:done', 'lease-1:done']);
  });
});

describe('a mesh', () => {
  it('without a device says so, with a hint, and is not ready', async () => {
    const mesh = await startMesh({ models: [] });
    const { error } = await chat(mesh);
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'No device is available now. Send the request again in a moment.',
      retryAfterMs: 500,
    });
    expect(mesh.ready).toBe(false);
    expect(await mesh.client.ListModels({})).toEqual({ models: [] });
    await expect(mesh.client.CountTokens({ prompt: 'x' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('without a coordinator says so, with a hint', async () => {
    const mesh = await startMesh();
    await mesh.coordinator.kill();
    const { error } = await chat(mesh);
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'The coordinator of the devices cannot be reached. Send the request again in a moment.',
      retryAfterMs: expect.any(Number),
    });
    expect(mesh.finished).toMatchObject([{ outcome: 'UNAVAILABLE', attempts: 0 }]);
  });

  it('whose queue is full says so, with a hint', async () => {
    const mesh = await startMesh();
    mesh.coordinator.acquire = async () => {
      throw new RpcError('RESOURCE_EXHAUSTED', 'queue full', { retryAfterMs: 700 });
    };
    expect((await chat(mesh)).error).toMatchObject({ code: 'RESOURCE_EXHAUSTED', retryAfterMs: 700 });
    await expectReleases(mesh, []);
  });
});
