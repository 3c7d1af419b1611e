import { parseArgs } from 'node:util';
import { promises } from '../test/hostile-promises.ts';

// Tries what the propagation promises on many more cases than the tests do:
// `npm run fuzz -w @ryzanstein/tracing -- --cases 1000000 [--seed <n>]`. Exits 1 at the first that fails.

const { values } = parseArgs({
  options: { cases: { type: 'string', default: '100000' }, seed: { type: 'string' } },
});
const cases = Number(values.cases);
const seed = values.seed === undefined ? Date.now() % 2 ** 31 : Number(values.seed);
if (!Number.isInteger(cases) || cases < 1 || !Number.isInteger(seed)) {
  process.stderr.write('--cases must be a whole number of at least 1, and --seed a whole number\n');
  process.exit(2);
}

const say = (line: string) => process.stdout.write(`${line}\n`);
say(`seed ${seed}, ${cases} cases`);
const each = Math.ceil(cases / promises.length);
const startedAtMs = performance.now();
let tried = 0;
for (const { title, refute } of promises) {
  const numRuns = Math.min(each, cases - tried);
  if (numRuns <= 0) break;
  // In rounds, because a run keeps what it has tried.
  for (let done = 0; done < numRuns;) {
    const round = Math.min(20_000, numRuns - done);
    const refutation = refute({ seed: seed + done, numRuns: round });
    if (refutation !== undefined) {
      say(`FAILED: ${title}\n${refutation}`);
      process.exit(1);
    }
    done += round;
  }
  tried += numRuns;
  say(`${numRuns} held: ${title}`);
}
say(`${tried} cases held in ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`);
