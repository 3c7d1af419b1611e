import { eventually, gate } from '../test/eventually.ts';
import { delta, done, startEngine } from '../test/scripted-engine.ts';
import { createEngineClients } from './engine-clients.ts';

describe('createEngineClients', () => {
  it('leaves an engine that is gone only when its last call has ended', async () => {
    const engine = await startEngine('engine-1');
    const clients = createEngineClients({});
    const next = gate();
    engine.generate = async function* () {
      yield delta('The');
      await next.opened;
      yield done;
    };
    const responses = clients.generate(engine.address, { text: 'x' }, {})[Symbol.asyncIterator]();
    await responses.next();
    clients.keepOnly(new Set());
    expect(clients.addresses).toEqual([engine.address]);
    next.open();
    expect((await responses.next()).value?.done).toBeDefined();
    expect((await responses.next()).done).toBe(true);
    await eventually(() => expect(clients.addresses).toEqual([]));
    clients.close();
    await engine.kill();
  });

  it('keeps the connections to engines that are there, and closes idle ones to others at once', async () => {
    const [first, second] = [await startEngine('engine-1'), await startEngine('engine-2')];
    const clients = createEngineClients({});
    for (const { address } of [first, second]) await clients.countTokens(address, { text: 'x' }, {});
    clients.keepOnly(new Set([second.address]));
    expect(clients.addresses).toEqual([second.address]);
    clients.close();
    await Promise.all([first.kill(), second.kill()]);
  });
});
