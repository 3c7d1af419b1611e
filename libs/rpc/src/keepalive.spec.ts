import { inferenceEngine } from '@ryzanstein/contracts';
import { startTcpProxy } from '@ryzanstein/testing';
import { aborted, engine, rejection, serve, until } from '../test/served.ts';
import { createRpcClient } from './index.ts';

const keepaliveMs = 150;

describe('a network that is cut without a word', () => {
  it('ends the calls on it, at either side, and is found mended', async () => {
    const ends: unknown[] = [];
    const { address } = await serve(
      inferenceEngine,
      engine({
        async *Generate(_request, ctx) {
          yield { delta: { text: 'Once', tokens: 1 } };
          await aborted(ctx.signal);
          ends.push(ctx.signal.reason);
        },
      }),
      { keepaliveMs },
    );
    const proxy = await startTcpProxy(address);
    const client = createRpcClient(inferenceEngine, proxy.address, { keepaliveMs });
    const stream = client.Generate({ text: 'Once' });
    await stream.next();

    proxy.blackhole();
    expect(await rejection(stream.next())).toMatchObject({ code: 'UNAVAILABLE' });
    await until(() => ends.length === 1);
    expect(ends).toMatchObject([{ code: 'CANCELLED' }]);

    proxy.heal();
    await client.waitForReady(5_000);
    const again = client.Generate({ text: 'Once' });
    expect(await again.next()).toMatchObject({ value: { delta: { text: 'Once' } } });
    again.cancel();
    client.close();
    await proxy.stop();
  });
});
