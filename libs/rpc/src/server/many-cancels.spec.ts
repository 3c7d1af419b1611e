import { inferenceEngine } from '@ryzanstein/contracts';
import { engine, serve, until } from '../../test/served.ts';
import { RpcError } from '../rpc-error.ts';

// Well beyond the burst that Node.js allows.
const cancelled = 2_000;
const atOnce = 100;

/** What becomes of a call that runs while others on its connection are cancelled in great number. */
async function besideCancels(options: { trustedCallers?: boolean }): Promise<unknown> {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const { server, client } = await serve(
    inferenceEngine,
    engine({
      async *Generate({ model }, { signal }) {
        yield { delta: { text: 'a', tokens: 1 } };
        if (model === 'survivor') await gate;
        else await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
        yield { delta: { text: 'b', tokens: 1 } };
      },
    }),
    options,
  );
  const outcome = (async () => {
    let pieces = 0;
    for await (const _ of client.Generate({ model: 'survivor' })) pieces += 1;
    return pieces;
  })().catch((reason: unknown) => RpcError.from(reason).code);
  await until(() => server.inFlight === 1);
  const leave = async (): Promise<void> => {
    for await (const _ of client.Generate({ model: 'left' })) break;
  };
  for (let done = 0; done < cancelled; done += atOnce)
    await Promise.all(Array.from({ length: atOnce }, () => leave().catch(() => undefined)));
  open();
  return outcome;
}

describe('a call beside others that are cancelled in great number', () => {
  it('runs on where callers are trusted', async () => {
    expect(await besideCancels({ trustedCallers: true })).toBe(2);
  });

  it('is told that its connection was lost where they are not', async () => {
    expect(await besideCancels({})).toBe('UNAVAILABLE');
  });
});
