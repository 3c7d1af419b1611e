import { LeaseFeed } from './lease-feed.ts';
import { Outbox } from './outbox.ts';

async function read<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const all: Value[] = [];
  for await (const value of values) all.push(value);
  return all;
}

describe('Outbox', () => {
  it('keeps only the latest where older values do not matter', async () => {
    const outbox = new Outbox<number>({ capacity: 1 });
    for (const value of [1, 2, 3]) outbox.put(value);
    outbox.end();

    expect(await read(outbox)).toEqual([3]);
  });

  it('hands a value to a reader that waits already', async () => {
    const outbox = new Outbox<number>({ capacity: 1 });
    const reading = read(outbox);
    for (const value of [1, 2]) {
      outbox.put(value);
      await new Promise((resolve) => setImmediate(resolve));
    }
    outbox.end();

    expect(await reading).toEqual([1, 2]);
  });

  it('gives the reader the error that it was ended with, behind what was there', async () => {
    const outbox = new Outbox<number>({ capacity: 2 });
    outbox.put(1);
    outbox.end(new Error('over'));
    const seen: number[] = [];

    await expect(
      (async () => {
        for await (const value of outbox) seen.push(value);
      })(),
    ).rejects.toThrow('over');
    expect(seen).toEqual([1]);
  });
});

describe('LeaseFeed', () => {
  const change = {
    kind: 'GRANTED',
    leaseId: 'l',
    epoch: 1n,
    gpuId: 0,
    clientId: 'c',
    holderId: 'h',
    requestId: undefined,
    reason: '',
  } as const;

  it('cuts off a watcher that reads too slowly, and no other', async () => {
    const feed = new LeaseFeed();
    const stopping = new AbortController();
    const slow = feed.subscribe([change], new AbortController().signal);
    const fast = feed.subscribe([], stopping.signal);
    let seen = 0;
    const reading = (async () => {
      for await (const _ of fast) seen += 1;
    })();
    for (let count = 0; count < 1_025; count += 1) {
      feed.publish(change);
      if (count % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(feed.watched).toBe(true);

    await expect(read(slow)).rejects.toMatchObject({ code: 'RESOURCE_EXHAUSTED' });
    stopping.abort();
    await reading;
    expect(seen).toBe(1_025);
    expect(feed.watched).toBe(false);
  });
});
