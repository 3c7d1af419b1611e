import { setImmediate } from 'node:timers/promises';
import { FakeClock } from '@ryzanstein/testing';
import { EmbeddingLine } from './embedding-line.ts';
import { unitVector, type Embedder, type EmbeddingRecord } from './embedding.ts';

/** An embedder whose texts wait until they are let go, in a line of its own. */
function heldLine(maxQueue = 8) {
  const clock = new FakeClock();
  const begun: number[] = [];
  const letGo: (() => void)[] = [];
  let opened = 0;
  const embedder: Embedder = {
    async vectorOf([id = 0]) {
      begun.push(id);
      await new Promise<void>((resolve) => letGo.push(resolve));
      return [3 * id, 4 * id];
    },
  };
  const open = async (): Promise<Embedder> => {
    opened += 1;
    if (opened === 1) throw new Error('no memory');
    return embedder;
  };
  const line = new EmbeddingLine({ open, clock, maxQueue, outside: (work) => work() });
  const records: EmbeddingRecord[] = [];
  const submit = (ids: readonly number[], signal = new AbortController().signal) => {
    const texts = ids.map((id) => [id]);
    const submission = line.submit({ texts, signal, onEnd: (record) => void records.push(record) });
    if (submission.kind !== 'queued') throw new Error(submission.kind);
    return submission.vectors.then((vectors) => vectors.map((vector) => [...vector]));
  };
  const step = async (): Promise<void> => {
    await setImmediate();
    letGo.shift()?.();
    await setImmediate();
  };
  return { line, clock, begun, records, submit, step };
}

/** A line whose embedder is there, after a first try that failed. */
async function openLine(maxQueue?: number) {
  const held = heldLine(maxQueue);
  await expect(held.submit([1])).rejects.toThrow('no memory');
  expect(held.records.splice(0)).toMatchObject([{ outcome: { kind: 'failed' }, inputTokens: 0 }]);
  return held;
}

it('gives requests their turns text by text, and their vectors in order', async () => {
  const { begun, submit, step, clock, records } = await openLine();
  const long = submit([1, 2, 3]);
  const short = submit([9]);
  await setImmediate();
  clock.advance(5);
  for (let texts = 0; texts < 4; texts++) await step();
  expect(begun).toEqual([1, 9, 2, 3]);
  const unit = [...Float32Array.of(0.6, 0.8)];
  expect(await short).toEqual([unit]);
  expect(await long).toEqual([unit, unit, unit]);
  expect(records).toEqual([
    { outcome: { kind: 'finished' }, enqueuedAtMs: 0, endedAtMs: 5, inputTokens: 1 },
    { outcome: { kind: 'finished' }, enqueuedAtMs: 0, endedAtMs: 5, inputTokens: 3 },
  ]);
});

it('lets a cancelled request go before its next text, at once where it waits', async () => {
  const { line, begun, submit, step, records } = await openLine();
  const [running, waiting] = [new AbortController(), new AbortController()];
  const gone = new Error('gone');
  const first = submit([1, 2], running.signal);
  const second = submit([3], waiting.signal);
  const third = submit([4]);
  await setImmediate();
  expect(line.load).toEqual({ active: 1, queued: 2 });
  waiting.abort(gone);
  await expect(second).rejects.toBe(gone);
  running.abort(gone);
  first.catch(() => undefined);
  await step();
  await expect(first).rejects.toBe(gone);
  await step();
  expect(await third).toHaveLength(1);
  expect(line.load).toEqual({ active: 0, queued: 0 });
  expect(begun).toEqual([1, 4]);
  expect(records.map(({ outcome, inputTokens }) => [outcome.kind, inputTokens])).toEqual([
    ['cancelled', 0],
    ['cancelled', 1],
    ['finished', 1],
  ]);
});

it('refuses more requests than may wait, and all once it is closed', async () => {
  const { line, submit, step } = await openLine(1);
  const { signal } = new AbortController();
  const served = submit([1, 2]);
  const queued = submit([3]);
  served.catch(() => undefined);
  queued.catch(() => undefined);
  expect(line.submit({ texts: [[4]], signal })).toEqual({
    kind: 'queue_full',
    queued: 2,
    retryAfterMs: 1_000,
  });
  await setImmediate();
  const reason = new Error('closed');
  let isClosed = false;
  const closing = line.close(reason).then(() => (isClosed = true));
  await expect(queued).rejects.toBe(reason);
  expect(isClosed).toBe(false);
  await step();
  await expect(served).rejects.toBe(reason);
  await closing;
  expect(line.submit({ texts: [[4]], signal })).toEqual({ kind: 'closed' });
});

it.each([[[0, 0]], [[NaN, 1]], [[Infinity, 1]], [[]]])('finds no direction in %j', (vector) => {
  expect(() => unitVector(vector)).toThrow('without direction');
});
