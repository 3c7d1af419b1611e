import { getHeapSpaceStatistics } from 'node:v8';
import { runProcess } from '../src/run-process.ts';

const [youngHeapMiB] = process.argv.slice(2);
const turns = 200;
const kept = 20;

// Objects that live for a while, as those of a call do: what outlives a collection makes V8 let the
// young generation grow.
async function allocate(): Promise<number> {
  const alive: object[][] = [];
  let largest = 0;
  for (let turn = 0; turn < turns; turn++) {
    alive[turn % kept] = Array.from({ length: 10_000 }, (_, index) => ({ turn, index }));
    await new Promise((resolve) => setImmediate(resolve));
    largest = Math.max(largest, youngMiB());
  }
  return largest;
}

function youngMiB(): number {
  const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
  return (young?.space_size ?? NaN) / 2 ** 20;
}

await runProcess({
  name: 'allocating',
  graceMs: 1_000,
  underLauncher: true,
  ...(youngHeapMiB !== undefined && { youngHeapMiB: Number(youngHeapMiB) }),
  async start() {
    process.send?.({ type: 'allocated', atMost: await allocate() });
    return { addresses: {}, stop: () => Promise.resolve() };
  },
});
