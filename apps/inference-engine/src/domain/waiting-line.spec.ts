import { planOf, read, setUp, stepMs, submit } from '../../test/scheduler-under-test.ts';
import type { GenerationRecord } from './generation.ts';

/** One slot, and a log of the first prompt token of each sequence in the order of their slots. */
function oneSlot(options: Parameters<typeof setUp>[0] = {}) {
  const under = setUp(options, { slots: 1 });
  const ended: (GenerationRecord & { readonly first?: number })[] = [];
  const add = (first: number, priority = 0, tokens = 2): void => {
    const onEnd = (record: GenerationRecord): void => void ended.push({ ...record, first });
    read(submit(under.scheduler, planOf([first, tokens], { priority, onEnd })));
  };
  const order = (): number[] => ended.map((record) => record.first ?? -1);
  const reasonOf = (first: number): [string, number] | undefined => {
    const record = ended.find((one) => one.first === first);
    return record && [record.queueReason, record.queuePosition];
  };
  return { ...under, add, order, reasonOf, ended };
}

describe('the line for a slot', () => {
  it('serves a higher priority first, and in the order of arrival within one', async () => {
    const { clock, add, order, reasonOf } = oneSlot();
    add(0);
    await clock.advanceAsync(stepMs);
    add(1);
    add(2, 5);
    add(3);
    add(4, 9);
    add(5, 5);
    await clock.advanceAsync(1_000);
    expect(order()).toEqual([0, 4, 2, 5, 1, 3]);
    expect([0, 1, 2, 3, 4, 5].map(reasonOf)).toEqual([
      ['none', 0],
      ['overtaken', 0],
      ['overtaken', 0],
      ['overtaken', 2],
      ['slots_busy', 0],
      ['behind_others', 2],
    ]);
  });

  it('lets nobody be overtaken more than eight times', async () => {
    const { clock, add, order } = oneSlot();
    add(0);
    await clock.advanceAsync(stepMs);
    add(1);
    // There is always somebody more urgent.
    for (let first = 2; first < 22; first++) add(first, 9);
    await clock.advanceAsync(5_000);
    expect(order().indexOf(1)).toBe(9);
    expect(order().slice(0, 9)).toEqual([0, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(order()).toHaveLength(22);
  });

  it('tells who joined the next step from who had to wait, and why', async () => {
    const { clock, add, reasonOf } = oneSlot();
    add(0, 0, 1);
    await clock.advanceAsync(0);
    add(1, 0, 1);
    add(2, 0, 1);
    await clock.advanceAsync(1_000);
    add(3, 0, 1);
    await clock.advanceAsync(1_000);
    expect([0, 1, 2, 3].map(reasonOf)).toEqual([
      ['none', 0],
      ['slots_busy', 0],
      ['behind_others', 1],
      ['none', 0],
    ]);
  });

  it('knows a planted delay from want of a slot', async () => {
    const { clock, add, reasonOf } = oneSlot({ delaysMs: { queue: 30 } });
    add(0, 0, 5);
    add(1, 0, 5);
    await clock.advanceAsync(1_000);
    expect([0, 1].map(reasonOf)).toEqual([
      ['delay_planted', 0],
      ['behind_others', 1],
    ]);
  });

  it('says what one waited for that gave up before it had a slot', async () => {
    const { clock, scheduler, add, ended } = oneSlot();
    add(0, 0, 20);
    await clock.advanceAsync(stepMs / 2);
    const onEnd = (record: GenerationRecord): void => void ended.push(record);
    submit(scheduler, planOf([1, 5], { onEnd })).cancel(new Error('gone'));
    expect(ended.map(({ queueReason }) => queueReason)).toEqual(['slots_busy']);
  });
});

describe('what is measured of the phases', () => {
  it('counts who shared the steps of a prompt, and the time a slow reader cost', async () => {
    const { clock, scheduler } = setUp({ maxUnreadTokens: 4 });
    const records: GenerationRecord[] = [];
    const onEnd = (record: GenerationRecord): void => void records.push(record);
    const slow = submit(scheduler, planOf([0, 12], { onEnd }))[Symbol.asyncIterator]();
    await clock.advanceAsync(stepMs);
    // Two whose prompts are read in the same step; one that decodes has no part in it.
    for (const first of [1, 2]) read(submit(scheduler, planOf([first, 1], { onEnd })));
    await clock.advanceAsync(1_000);
    expect(records[0]).toMatchObject({ run: { maxPrefillBatch: 2, maxBatch: 3, pausedMs: 0 } });
    // Five tokens after 60 ms, one step of them for the prompts, and then nobody read for 950 ms.
    const rest = (async () => {
      while ((await slow.next()).done !== true);
    })();
    await clock.advanceAsync(1_000);
    await rest;
    expect(records[2]).toMatchObject({ run: { maxPrefillBatch: 1, maxBatch: 3, pausedMs: 950 } });
  });
});
