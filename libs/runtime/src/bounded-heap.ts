import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

const mebibyte = 2 ** 20;
// A collection is heard of when the next may be over: two doublings must have room.
const growthRoom = 4;

/**
 * Keeps this process's JavaScript heap close to what is alive, without a limit at which it would end.
 *
 * V8 sizes the heap by the machine's memory: with 17 MB alive it lets the young generation grow to
 * 128 MB, and the old one to three times what is alive before it collects it. Here the young
 * generation grows no further than `youngMiB`, and the old one by half before it is collected. Both
 * only say when V8 collects: a burst that needs more memory gets it.
 *
 * A small young generation saves memory and costs time: 2 MiB need four times the collections of
 * 8 MiB, and what is alive at two of them is promoted although it is soon garbage.
 */
export function boundHeap(youngMiB: number): void {
  setFlagsFromString('--heap-growing-percent=50');
  const bound = youngMiB * mebibyte;
  let current: keyof typeof flags | undefined;
  // V8 takes a maximum on its command line alone. What can be set while it runs is the factor by which
  // the young generation grows, and whether it shrinks at each collection. In quiet times it shrinks by
  // itself and must be let grow again after them: hence the look after each collection.
  const adjust = (): void => {
    const size = youngBytes();
    const wanted = size >= bound * 2 ? 'shrink' : size * growthRoom <= bound ? 'grow' : 'stay';
    if (wanted !== current) flags[wanted].forEach((flag) => setFlagsFromString(flag));
    current = wanted;
  };
  new PerformanceObserver(adjust).observe({ entryTypes: ['gc'] });
  adjust();
}

const flags = {
  grow: ['--semi-space-growth-factor=2', '--no-optimize-for-size'],
  stay: ['--semi-space-growth-factor=1', '--no-optimize-for-size'],
  shrink: ['--semi-space-growth-factor=1', '--optimize-for-size'],
} as const;

/** Both halves of the young generation, used or not. */
function youngBytes(): number {
  return (
    getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? Infinity
  );
}
