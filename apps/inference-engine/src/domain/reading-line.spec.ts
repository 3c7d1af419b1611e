import { planOf, read, setUp, stepMs, submit, textOf } from '../../test/scheduler-under-test.ts';
import type { GenerationRecord } from './generation.ts';

const long = (first: number, tokens: number, answer = 2): number[] => [
  first,
  ...Array<number>(tokens - 2).fill(0),
  answer,
];

/** A stream that decodes, one token in 10 ms, and what comes beside it. */
async function beside(
  options: Parameters<typeof setUp>[0] = {},
  runnerOptions: Parameters<typeof setUp>[1] = {},
) {
  const mesh = setUp(options, { readMs: 50, ...runnerOptions });
  const records: GenerationRecord[] = [];
  const onEnd = (record: GenerationRecord): void => void records.push(record);
  const stream = read(submit(mesh.scheduler, planOf([0, 200], { onEnd })));
  await mesh.clock.advanceAsync(stepMs);
  return { ...mesh, records, onEnd, stream };
}

describe('ReadingLine', () => {
  it('reads a long prompt while the steps go on as if it were not there, and joins them with its last token', async () => {
    const { clock, runner, scheduler, records, onEnd, stream } = await beside();
    const prompt = read(submit(scheduler, planOf(long(1, 180), { onEnd })));
    await clock.advanceAsync(265);
    // It joins at the next step; then five calls of the reader, and the stream has a token every 10 ms.
    expect(runner.reads).toEqual([
      { atMs: 20, slot: 1, call: 'takeOver', tokens: 0 },
      { atMs: 70, slot: 1, call: 'read', tokens: 64 },
      { atMs: 120, slot: 1, call: 'read', tokens: 64 },
      { atMs: 170, slot: 1, call: 'read', tokens: 51 },
      { atMs: 220, slot: 1, call: 'handOver', tokens: 179 },
    ]);
    expect(runner.steps.slice(0, 26).every(({ prefills }) => prefills.length === 0)).toBe(true);
    expect(stream.seen.tokens).toBe(27);
    expect(prompt.seen.events).toEqual(['accepted', 'started']);
    await clock.advanceAsync(stepMs);
    expect(runner.steps.at(-2)).toMatchObject({ decodes: [0, 1], tokens: 2 });
    await clock.advanceAsync(3_000);
    expect(prompt.seen).toMatchObject({
      text: textOf(1, 2),
      events: ['accepted', 'started', 'delta', 'done'],
    });
    expect(records[0]).toMatchObject({
      run: { prefillChunks: 4, besideSteps: true, maxPrefillBatch: 2 },
      usage: { promptTokens: 180, cachedPromptTokens: 0 },
      timings: { queueUs: 10_000, prefillUs: 260_000 },
    });
    expect(records[1]?.run).toMatchObject({ besideSteps: false, stepsMs: Array<number>(200).fill(10) });
    expect(runner.breaches).toEqual([]);
  });

  it('leaves to the steps a prompt of one piece', async () => {
    const { clock, runner, scheduler } = await beside();
    const { seen } = read(submit(scheduler, planOf(long(1, 64))));
    await clock.advanceAsync(1_000);
    expect(seen.text).toBe(textOf(1, 2));
    expect(runner.reads).toEqual([]);
  });

  it('takes along what the slot still holds of a prompt', async () => {
    const { clock, runner, scheduler, onEnd, records } = await beside({}, { slots: 2 });
    const held = [7, ...Array<number>(40).fill(0)];
    read(submit(scheduler, planOf([...held, 1])));
    await clock.advanceAsync(200);
    const { seen } = read(submit(scheduler, planOf([...held, ...long(2, 100, 3)], { onEnd })));
    await clock.advanceAsync(1_000);
    expect(seen.text).toBe(textOf(7, 3));
    expect(records[0]?.usage).toMatchObject({ promptTokens: 141, cachedPromptTokens: 41 });
    expect(runner.reads.map(({ call, tokens }) => [call, tokens])).toEqual([
      ['takeOver', 41],
      ['read', 64],
      ['read', 35],
      ['handOver', 140],
    ]);
    expect(runner.breaches).toEqual([]);
  });

  it('takes over what the steps have begun with, as soon as others come', async () => {
    const { clock, runner, scheduler } = setUp({}, { readMs: 50 });
    const first = read(submit(scheduler, planOf(long(1, 400))));
    await clock.advanceAsync(15);
    const second = read(submit(scheduler, planOf([2, 90])));
    await clock.advanceAsync(2_000);
    expect([first.seen.text, second.seen.text]).toEqual([textOf(1, 2), textOf(2, 90)]);
    // Two steps of it alone.
    expect(runner.reads.slice(0, 2)).toEqual([
      { atMs: 20, slot: 0, call: 'takeOver', tokens: 128 },
      { atMs: 70, slot: 0, call: 'read', tokens: 64 },
    ]);
    expect(runner.breaches).toEqual([]);
  });

  it('reads after a planted delay, not during it', async () => {
    const { clock, runner, scheduler } = await beside({ delaysMs: { prefill: 100 } });
    await clock.advanceAsync(200);
    const from = clock.monotonicMs();
    read(submit(scheduler, planOf(long(1, 180))));
    await clock.advanceAsync(1_000);
    expect(runner.reads[0]?.atMs).toBeGreaterThanOrEqual(from + 100);
  });

  it('leaves the steps a prompt that finds nobody at work, and of several at once all but one', async () => {
    const { clock, runner, scheduler } = setUp({}, { readMs: 50 });
    const alone = read(submit(scheduler, planOf(long(1, 180))));
    await clock.advanceAsync(500);
    expect(alone.seen.text).toBe(textOf(1, 2));
    expect(runner.reads).toEqual([]);
    const before = runner.steps.length;
    const many = [2, 3, 4].map((first) => read(submit(scheduler, planOf(long(first, 180, 60)))));
    await clock.advanceAsync(2_000);
    expect(many.map(({ seen }) => seen.text)).toEqual([2, 3, 4].map((first) => textOf(first, 60)));
    const inSteps = runner.steps.slice(before).flatMap(({ prefills }) => prefills.map(({ slot }) => slot));
    expect(new Set(inSteps).size).toBe(1);
    expect(new Set(runner.reads.map(({ slot }) => slot)).size).toBe(2);
    expect(runner.breaches).toEqual([]);
  });

  it('gives the steps the next one when they have nothing else to do', async () => {
    const { clock, runner, scheduler } = setUp({}, { readMs: 500 });
    const short = read(submit(scheduler, planOf([0, 3])));
    await clock.advanceAsync(stepMs);
    const many = [1, 2].map((first) => read(submit(scheduler, planOf(long(first, 180)))));
    await clock.advanceAsync(200);
    // The reader has not even taken over the one; the other was read in steps of three pieces.
    expect(short.seen.events.at(-1)).toBe('done');
    expect(runner.reads).toMatchObject([{ call: 'takeOver' }]);
    expect(many.map(({ seen }) => seen.events.at(-1))).toEqual(['started', 'done']);
    await clock.advanceAsync(5_000);
    expect(many.map(({ seen }) => seen.text)).toEqual([textOf(1, 2), textOf(2, 2)]);
    expect(runner.breaches).toEqual([]);
  });

  it('reads the shortest first, and none waits for ever', async () => {
    const { clock, runner, scheduler } = await beside({}, { slots: 8 });
    for (const [first, tokens] of [
      [1, 600],
      [2, 130],
      [3, 70],
    ] as const)
      read(submit(scheduler, planOf(long(first, tokens))));
    await clock.advanceAsync(1_000);
    const pieces = runner.reads.filter(({ call }) => call === 'read').map(({ slot }) => slot);
    // Left out four times, the longest has a turn.
    expect(pieces.slice(0, 6)).toEqual([1, 3, 3, 2, 2, 1]);
  });

  it.each(['takeOver', 'read', 'handOver'] as const)(
    'reads in the steps what the reader fails at (%s), and all that comes after it',
    async (call) => {
      const { clock, runner, scheduler, readerFailures } = await beside(
        {},
        { readerFailing: (failing) => failing === call },
      );
      const many = [1, 2].map((first) => read(submit(scheduler, planOf(long(first, 180)))));
      await clock.advanceAsync(4_000);
      const late = read(submit(scheduler, planOf(long(3, 180))));
      await clock.advanceAsync(4_000);
      expect([...many, late].map(({ seen }) => seen.text)).toEqual(
        [1, 2, 3].map((first) => textOf(first, 2)),
      );
      expect(readerFailures).toEqual([new Error('the reader failed')]);
      expect(scheduler.load).toMatchObject({ active: 0, contextTokens: 0 });
      expect(runner.breaches).toEqual([]);
    },
  );

  it('frees the slot of a cancelled one at once, while its piece is still being read', async () => {
    const { clock, runner, scheduler, stream } = await beside({}, { slots: 2 });
    const generation = submit(scheduler, planOf(long(1, 180)));
    const { seen } = read(generation);
    await clock.advanceAsync(25);
    const next = read(submit(scheduler, planOf(long(2, 180))));
    generation.cancel(new Error('changed my mind'));
    await clock.advanceAsync(15);
    expect(seen.error).toEqual(new Error('changed my mind'));
    expect(next.seen.events).toEqual(['accepted', 'started']);
    await clock.advanceAsync(1_000);
    expect(next.seen.text).toBe(textOf(2, 2));
    expect(runner.reads.slice(0, 2)).toEqual([
      { atMs: 20, slot: 1, call: 'takeOver', tokens: 0 },
      { atMs: 70, slot: 1, call: 'takeOver', tokens: 0 },
    ]);
    await clock.advanceAsync(2_000);
    expect(stream.seen.text).toBe(textOf(0, 200));
    expect(runner.breaches).toEqual([]);
  });

  it('closes while a prompt is read', async () => {
    const { clock, runner, scheduler } = await beside();
    const { seen } = read(submit(scheduler, planOf(long(1, 180))));
    await clock.advanceAsync(25);
    const closing = scheduler.close(new Error('closed'));
    let closed = false;
    void closing.then(() => (closed = true));
    await clock.advanceAsync(20);
    expect(seen.error).toEqual(new Error('closed'));
    // What disposes the contexts must find no call in flight.
    expect(closed).toBe(false);
    await clock.advanceAsync(30);
    await closing;
    expect(runner.busy).toBe(0);
  });
});
