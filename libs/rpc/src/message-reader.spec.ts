import { Readable } from 'node:stream';
import { until } from '../test/served.ts';
import { MessageReader } from './message-reader.ts';

/** A stream that is fed by hand, and says how far ahead it was read. */
function source() {
  let wanted = 0;
  const stream = new Readable({ objectMode: true, highWaterMark: 4, read: () => void wanted++ });
  return { stream, wanted: () => wanted };
}

function reader(stream: Readable, onReturn: () => void = () => undefined): MessageReader<number, number> {
  return new MessageReader(
    stream,
    (raw: number) => {
      if (raw < 0) throw new RangeError('negative');
      return raw * 2;
    },
    onReturn,
  );
}

describe('a message reader', () => {
  it('hands out what came before and after it was asked, in order', async () => {
    const { stream } = source();
    const messages = reader(stream);
    const early = [messages.next(), messages.next()];
    for (const raw of [1, 2, 3]) stream.push(raw);
    expect(await Promise.all(early)).toEqual([
      { done: false, value: 2 },
      { done: false, value: 4 },
    ]);
    expect(await messages.next()).toEqual({ done: false, value: 6 });
    const last = messages.next();
    messages.finish();
    expect(await last).toEqual({ done: true, value: undefined });
    expect(await messages.next()).toEqual({ done: true, value: undefined });
  });

  it('lets the stream run dry before it reads on, and no further than its buffer', async () => {
    const { stream } = source();
    const messages = reader(stream);
    for (let raw = 0; raw < 100; raw++) stream.push(raw);
    await until(() => stream.isPaused());
    expect(stream.readableLength).toBe(100 - 16);
    const seen: number[] = [];
    for (let n = 0; n < 100; n++) seen.push((await messages.next()).value ?? -1);
    expect(seen).toEqual(Array.from({ length: 100 }, (_, n) => n * 2));
  });

  it('throws its failure once, behind the messages', async () => {
    const { stream } = source();
    const messages = reader(stream);
    stream.push(1);
    await until(() => stream.readableLength === 0);
    const failure = new Error('failed');
    messages.finish(failure);
    messages.finish(new Error('too late'));
    expect(await messages.next()).toEqual({ done: false, value: 2 });
    await expect(messages.next()).rejects.toBe(failure);
    expect(await messages.next()).toEqual({ done: true, value: undefined });
  });

  it('drops what was not read when it is abandoned', async () => {
    const { stream } = source();
    const messages = reader(stream);
    stream.push(1);
    await until(() => stream.readableLength === 0);
    const failure = new Error('failed');
    messages.abandon(failure);
    await expect(messages.next()).rejects.toBe(failure);
  });

  it('rejects for a message that cannot be read', async () => {
    const { stream } = source();
    const messages = reader(stream);
    const waiting = messages.next();
    stream.push(-1);
    stream.push(-2);
    await expect(waiting).rejects.toThrow(RangeError);
    await expect(messages.next()).rejects.toThrow(RangeError);
  });

  it('tells of a consumer that leaves early, once, and of no other', async () => {
    let left = 0;
    const { stream } = source();
    const early = reader(stream, () => left++);
    await early.return();
    await early.return();
    early.abandon(new Error('of no interest'));
    expect(await early.next()).toEqual({ done: true, value: undefined });
    expect(left).toBe(1);

    const finished = reader(source().stream, () => left++);
    finished.finish();
    await finished.return();
    expect(left).toBe(1);
  });
});
