import fc from 'fast-check';
import { planOf, read, setUp, stepMs, submit, textOf } from '../../test/scheduler-under-test.ts';
import type { GenerationRecord } from './generation.ts';

describe('Scheduler', () => {
  it('gives a sequence its events in order, and times that add up', async () => {
    const { clock, scheduler } = setUp();
    let record: GenerationRecord | undefined;
    const prompt = [0, ...Array<number>(99).fill(1), 5];
    const { seen } = read(submit(scheduler, planOf(prompt, { onEnd: (one) => (record = one) })));
    await clock.advanceAsync(1_000);

    expect(seen).toEqual({
      text: 'abcde',
      tokens: 5,
      events: ['accepted', 'started', 'delta', 'done'],
      deltas: 5,
    });
    // Two chunks of 64 and 37 tokens; then four tokens and the end.
    expect(record).toMatchObject({
      outcome: { kind: 'finished', finishReason: 'stop' },
      run: { kind: 'steps', prefillChunks: 2, maxBatch: 1, stepsMs: [10, 10, 10, 10, 10] },
      usage: { promptTokens: 101, cachedPromptTokens: 0, completionTokens: 5 },
      timings: { queueUs: 0, prefillUs: 20_000, decodeUs: 50_000, steps: 5, meanBatch: 1 },
    });
  });

  it('hands over the first token with all that precedes it, not while the next step is computed', async () => {
    const later: (() => void)[] = [];
    const { clock, runner, scheduler } = setUp({}, { slots: 2 }, (deliver) => void later.push(deliver));
    const { seen } = read(submit(scheduler, planOf([0, 5])));
    await clock.advanceAsync(stepMs - 1);
    expect(seen.events).toEqual([]);
    await clock.advanceAsync(1);
    // The second step has begun, and nothing waits for it to be under way.
    expect(runner.steps).toHaveLength(2);
    expect(later).toEqual([]);
    expect(seen).toMatchObject({ events: ['accepted', 'started', 'delta'], text: 'a', deltas: 1 });
    await clock.advanceAsync(stepMs);
    expect(later).toHaveLength(1);
    expect(seen.text).toBe('a');
    later.pop()?.();
    await clock.advanceAsync(0);
    expect(seen.text).toBe('ab');
  });

  it('tells at once who has to wait, and during its first step whose prompt takes several', async () => {
    const { clock, scheduler } = setUp({}, { slots: 1 });
    const running = read(submit(scheduler, planOf([...Array<number>(100).fill(1), 5])));
    const waiting = read(submit(scheduler, planOf([0, 5])));
    await clock.advanceAsync(0);
    expect(running.seen.events).toEqual(['accepted', 'started']);
    expect(waiting.seen.events).toEqual(['accepted']);
    const delayed = setUp({ delaysMs: { prefill: 30 } });
    const { seen } = read(submit(delayed.scheduler, planOf([0, 5])));
    await delayed.clock.advanceAsync(0);
    expect(seen.events).toEqual(['accepted', 'started']);
  });

  it('drives all sequences in the same tick: 16 requests on 8 slots share more than 4 a step', async () => {
    const { clock, runner, scheduler } = setUp({}, { slots: 8 });
    const readers = Array.from({ length: 16 }, (_, index) =>
      read(submit(scheduler, planOf([index, 20 + (index % 5)]))),
    );
    await clock.advanceAsync(10_000);
    expect(readers.map(({ seen }, index) => seen.text === textOf(index, 20 + (index % 5)))).not.toContain(
      false,
    );
    expect(runner.breaches).toEqual([]);
    const { steps, stepSequences } = scheduler.load;
    expect(stepSequences / steps).toBeGreaterThan(4);
  });

  it('reads prompts in every other step, and all of them as far as it holds', async () => {
    const { clock, runner, scheduler } = setUp({ batchTokens: 100 });
    // A first prompt shows that reading costs next to nothing here.
    read(submit(scheduler, planOf([...Array<number>(64).fill(0), 50])));
    await clock.advanceAsync(stepMs * 4);
    for (const first of [1, 2, 3]) read(submit(scheduler, planOf([first, ...Array<number>(150).fill(0), 3])));
    const before = runner.steps.length;
    await clock.advanceAsync(stepMs * 4);
    const ofPrompts = { decodes: [], prefills: [{ tokens: 64 }, { tokens: 32 }], tokens: 96 };
    const ofDecodes = { decodes: [0], prefills: [] };
    expect(runner.steps.slice(before)).toMatchObject([ofPrompts, ofDecodes, ofPrompts, ofDecodes]);
  });

  it('hands out what was decoded while it reads a prompt, and counts the wait into the step', async () => {
    const { clock, runner, scheduler } = setUp();
    const records: GenerationRecord[] = [];
    const onEnd = (record: GenerationRecord): void => void records.push(record);
    const { seen } = read(submit(scheduler, planOf([0, 6], { onEnd })));
    await clock.advanceAsync(stepMs + 5);
    read(submit(scheduler, planOf([7, ...Array<number>(18).fill(0), 1], { onEnd })));
    await clock.advanceAsync(stepMs);
    expect(runner.steps.at(-1)).toMatchObject({ decodes: [], prefills: [{ tokens: 3 }] });
    expect(seen.text).toBe('ab');
    await clock.advanceAsync(500);
    expect(records.map(({ run }) => run.kind === 'steps' && run.stepsMs)).toEqual([
      [10],
      [10, 20, 20, 20, 20, 10],
    ]);
    const [prompt, stream] = records;
    // Enqueued amid a step; then the rest of it, and four chunks with steps of decodes between them.
    expect(prompt?.timings).toMatchObject({ queueUs: 5_000, prefillUs: 70_000, decodeUs: 10_000 });
    expect(stream?.timings).toMatchObject({ prefillUs: 10_000, decodeUs: 100_000, steps: 6 });
    expect(prompt?.run).toMatchObject({ maxPrefillBatch: 1, maxBatch: 2 });
    expect(stream?.run).toMatchObject({ maxBatch: 2 });
  });

  it('puts a prompt where most of it is still held', async () => {
    const { clock, scheduler } = setUp();
    const long = (last: number): number[] => [7, ...Array.from({ length: 40 }, (_, index) => index), last];
    read(submit(scheduler, planOf([1, 2, 3])));
    read(submit(scheduler, planOf(long(2))));
    await clock.advanceAsync(500);
    let record: GenerationRecord | undefined;
    read(submit(scheduler, planOf(long(3), { onEnd: (one) => (record = one) })));
    await clock.advanceAsync(500);
    expect(record?.usage.cachedPromptTokens).toBe(41);
  });

  it('refuses beyond its queue, with a hint when to come again', async () => {
    const { clock, scheduler } = setUp({ maxQueue: 2 }, { slots: 1 });
    const readers = Array.from({ length: 3 }, () => read(submit(scheduler, planOf([0, 5]))));
    expect(scheduler.submit(planOf([0, 5]))).toEqual({ kind: 'queue_full', queued: 3, retryAfterMs: 50 });
    await clock.advanceAsync(1_000);
    expect(readers.map(({ seen }) => seen.events.at(-1))).toEqual(['done', 'done', 'done']);
  });

  it('ends a cancelled sequence at once for its reader, and frees its slot before the next step', async () => {
    const { clock, runner, scheduler } = setUp({}, { slots: 1 });
    const records: GenerationRecord[] = [];
    const onEnd = (record: GenerationRecord): void => void records.push(record);
    const generation = submit(scheduler, planOf([0, 50], { onEnd }));
    const { seen } = read(generation);
    const next = read(submit(scheduler, planOf([3, 2], { onEnd })));
    await clock.advanceAsync(35);
    generation.cancel(new Error('changed my mind'));
    await clock.advanceAsync(0);
    expect(seen).toMatchObject({ text: 'abc', error: new Error('changed my mind') });
    await clock.advanceAsync(5);
    // The step in flight ended at 40 ms; the other one has the slot in the very next step.
    expect(runner.steps.at(-1)).toMatchObject({ atMs: 40, decodes: [0] });
    await clock.advanceAsync(100);
    expect(next.seen).toMatchObject({ text: 'de', events: ['accepted', 'started', 'delta', 'done'] });
    expect(records.map(({ outcome, endedAtMs }) => [outcome.kind, endedAtMs])).toEqual([
      ['cancelled', 35],
      ['finished', 70],
    ]);
    expect(runner.breaches).toEqual([]);
  });

  it('cancels a waiting sequence without ever giving it a slot', async () => {
    const { clock, scheduler } = setUp({}, { slots: 1 });
    read(submit(scheduler, planOf([0, 50])));
    const records: GenerationRecord[] = [];
    const waiting = submit(scheduler, planOf([1, 5], { onEnd: (record) => void records.push(record) }));
    const { seen } = read(waiting);
    await clock.advanceAsync(25);
    waiting.cancel(new Error('gone'));
    waiting.cancel(new Error('gone again'));
    await clock.advanceAsync(0);
    expect(seen).toMatchObject({ events: ['accepted'], error: new Error('gone') });
    expect(records).toHaveLength(1);
    expect(records[0]?.slotAtMs).toBeUndefined();
    expect(records[0]?.timings).toMatchObject({ queueUs: 25_000, prefillUs: 0, decodeUs: 0 });
    expect(scheduler.load.queued).toBe(0);
  });

  it('cancels when the reader leaves the loop', async () => {
    const { clock, runner, scheduler } = setUp();
    const outcomes: string[] = [];
    const generation = submit(
      scheduler,
      planOf([0, 50], { onEnd: ({ outcome }) => void outcomes.push(outcome.kind) }),
    );
    const leave = (async () => {
      for await (const event of generation) if (event.type === 'delta') break;
    })();
    await clock.advanceAsync(200);
    await leave;
    expect(outcomes).toEqual(['cancelled']);
    expect(runner.busy).toBe(0);
  });

  it('lets a slow reader fall behind without holding up the others, and gives it all in the end', async () => {
    const { clock, runner, scheduler } = setUp({ maxUnreadTokens: 8 });
    const slow = submit(scheduler, planOf([0, 40]))[Symbol.asyncIterator]();
    const quick = read(submit(scheduler, planOf([1, 40])));
    await clock.advanceAsync(1_000);
    expect(quick.seen.text).toBe(textOf(1, 40));
    expect(runner.busy).toBe(1);

    const portions: string[] = [];
    for (let turn = 0; turn < 100 && portions.join('').length < 40; turn++) {
      const result = await slow.next();
      if (result.done === true) break;
      const { value } = result;
      if (value.type === 'delta') portions.push(value.text);
      await clock.advanceAsync(500);
    }
    expect(portions.join('')).toBe(textOf(0, 40));
    // More than it may lag behind made it pause; what came meanwhile came in one piece.
    expect(portions.map(({ length }) => length)).toEqual([9, 9, 9, 9, 4]);
    expect((await slow.next()).value).toMatchObject({ type: 'done' });
  });

  it('fails only the sequence whose call failed, and does not use its state again', async () => {
    const failing = (prompt: readonly number[], index: number): boolean => prompt[0] === 5 && index === 3;
    const { clock, runner, scheduler } = setUp({}, { slots: 2, failing });
    const broken = read(submit(scheduler, planOf([5, 10])));
    const whole = read(submit(scheduler, planOf([6, 10])));
    await clock.advanceAsync(500);
    expect(broken.seen.error).toEqual(new Error('the call failed'));
    expect(whole.seen.text).toBe(textOf(6, 10));
    const after = read(submit(scheduler, planOf([5, 2])));
    await clock.advanceAsync(500);
    expect(after.seen.text).toBe(textOf(5, 2));
    expect(runner.breaches).toEqual([]);
  });

  it.each([
    ['queue', { queueUs: 30_000, prefillUs: 10_000, decodeUs: 40_000 }],
    ['prefill', { queueUs: 0, prefillUs: 40_000, decodeUs: 40_000 }],
    ['decode', { queueUs: 0, prefillUs: 10_000, decodeUs: 60_000 }],
  ] as const)(
    'lengthens %s alone by a planted delay, for each request on its own',
    async (phase, timings) => {
      const { clock, scheduler } = setUp({ delaysMs: { [phase]: 30 } });
      const records: GenerationRecord[] = [];
      const onEnd = (record: GenerationRecord): void => void records.push(record);
      read(submit(scheduler, planOf([0, 3], { onEnd })));
      await clock.advanceAsync(20);
      read(submit(scheduler, planOf([1, 3], { onEnd })));
      await clock.advanceAsync(500);
      // The second one's delay does not show in the first one's phases: only its prompt does, read in
      // a step of 10 ms.
      const [first, second] = records.map((record) => record.timings);
      expect(first).toMatchObject(timings);
      expect(second?.[`${phase}Us`]).toBeGreaterThanOrEqual(30_000);
      expect((second?.queueUs ?? 0) + (second?.prefillUs ?? 0) + (second?.decodeUs ?? 0)).toBeLessThan(
        100_000,
      );
    },
  );

  it('closes: cancels everything, frees the slots, and takes nothing more', async () => {
    const { clock, runner, scheduler } = setUp({}, { slots: 2 });
    const readers = [1, 2, 3].map((first) => read(submit(scheduler, planOf([first, 50]))));
    await clock.advanceAsync(25);
    const closing = scheduler.close(new Error('closed'));
    await clock.advanceAsync(100);
    await closing;
    expect(readers.map(({ seen }) => seen.error)).toEqual(Array(3).fill(new Error('closed')));
    expect(runner.busy).toBe(0);
    expect(scheduler.submit(planOf([1, 2]))).toEqual({ kind: 'closed' });
  });

  it('keeps its promises under any load', async () => {
    const request = fc.record({
      prompt: fc.array(fc.nat(20), { minLength: 1, maxLength: 150 }),
      length: fc.integer({ min: 0, max: 12 }),
      maxTokens: fc.integer({ min: 1, max: 12 }),
      arriveAtMs: fc.nat(300),
      cancelAfterMs: fc.option(fc.nat(200), { nil: undefined }),
      readEveryMs: fc.constantFrom(0, 0, 25),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(request, { minLength: 1, maxLength: 25 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 80 }),
        fc.constantFrom(
          {},
          { readMs: 3 },
          { readMs: 25 },
          { readMs: 7, readerFailing: (_: string, [first = 0]: readonly number[]) => first === 3 },
        ),
        async (requests, slots, chunkTokens, reader) => {
          const { clock, runner, scheduler } = setUp(
            { chunkTokens, maxUnreadTokens: 3 },
            { slots, ...reader },
          );
          const ends: GenerationRecord[][] = requests.map(() => []);
          const views = requests.map((one, index) => {
            const prompt = [...one.prompt, one.length];
            const view = { prompt, text: '', tokens: 0, done: false, failed: false };
            clock.after(one.arriveAtMs, () => {
              const generation = submit(
                scheduler,
                planOf(prompt, {
                  maxTokens: one.maxTokens,
                  onEnd: (record) => void ends[index]?.push(record),
                }),
              );
              if (one.cancelAfterMs !== undefined)
                clock.after(one.cancelAfterMs, () => generation.cancel(new Error('cancelled')));
              const follow = async (): Promise<void> => {
                for await (const event of generation) {
                  if (event.type === 'delta') {
                    view.text += event.text;
                    view.tokens += event.tokens;
                  }
                  if (event.type === 'done') view.done = true;
                  if (one.readEveryMs > 0)
                    await new Promise<void>((resolve) => clock.after(one.readEveryMs, resolve));
                }
              };
              follow().catch(() => (view.failed = true));
            });
            return view;
          });
          await clock.advanceAsync(30_000);

          expect(runner.breaches).toEqual([]);
          expect(runner.busy).toBe(0);
          expect(scheduler.load).toMatchObject({ active: 0, queued: 0, contextTokens: 0 });
          for (const step of runner.steps) expect(step.tokens).toBeLessThanOrEqual(256);
          for (const [index, view] of views.entries()) {
            const { length, maxTokens } = requests[index] ?? { length: 0, maxTokens: 0 };
            const [record, ...more] = ends[index] ?? [];
            expect(more).toEqual([]);
            expect(view.done !== view.failed).toBe(true);
            const whole = textOf(view.prompt[0] ?? 0, Math.min(length, maxTokens));
            if (view.done) {
              expect(view.text).toBe(whole);
              expect(view.tokens).toBe(record?.usage.completionTokens);
            } else expect(whole.startsWith(view.text)).toBe(true);
            const { queueUs, prefillUs, decodeUs } = record?.timings ?? {
              queueUs: -1,
              prefillUs: 0,
              decodeUs: 0,
            };
            const wholeMs = (record?.endedAtMs ?? 0) - (record?.enqueuedAtMs ?? 0);
            expect(queueUs + prefillUs + decodeUs).toBe(wholeMs * 1_000);
          }
          // First come, first served: nobody has a slot before one who came earlier.
          const served = ends
            .flatMap(([record]) => (record?.slotAtMs === undefined ? [] : [record]))
            .sort((a, b) => a.enqueuedAtMs - b.enqueuedAtMs)
            .map(({ slotAtMs = NaN }) => slotAtMs);
          expect(served).toEqual([...served].sort((a, b) => a - b));
        },
      ),
      { numRuns: 120 },
    );
  });
});
