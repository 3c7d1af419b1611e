import { ExportCounter, operationBoundsSeconds } from './export-counts.ts';

it('keeps what began, what was taken and what was lost, apart by reason', () => {
  const counter = new ExportCounter('span', { address: 'collector', port: 4317 });
  counter.queue = { size: 3, capacity: 10 };
  counter.droppedBefore('queue_full', 2);
  counter.droppedBefore('shutdown', 0);
  counter.began(10);
  counter.finished(6);
  counter.finished(1, 'rejected');
  counter.finished(2, 'UNAVAILABLE');
  expect(counter.read()).toEqual({
    thing: 'span',
    serverAddress: 'collector',
    serverPort: 4317,
    processed: { '': 10, queue_full: 2 },
    queueSize: 3,
    queueCapacity: 10,
    exported: { '': 6, rejected: 1, UNAVAILABLE: 2 },
    inflight: 1,
    operations: [],
    lost: 5,
  });
});

it('puts each attempt into the bucket whose bound it does not pass', () => {
  const counter = new ExportCounter('log', { address: 'collector', port: 4317 });
  counter.attempted(5);
  counter.attempted(5.1);
  counter.attempted(20_000, 'DEADLINE_EXCEEDED');
  const before = counter.read();
  counter.attempted(1);
  const [taken, late] = before.operations;
  expect(taken).toMatchObject({ errorType: '', count: 2 });
  expect(taken?.sumSeconds).toBeCloseTo(0.0101, 9);
  expect(taken?.buckets.slice(0, 3)).toEqual([1, 1, 0]);
  expect(late?.buckets).toHaveLength(operationBoundsSeconds.length + 1);
  expect(late?.buckets.at(-1)).toBe(1);
});
