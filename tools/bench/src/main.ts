/** `npm run bench [-- part … | outage=seconds | store-outages=seconds | soak=requests | consistency=requests]`: side-by-side figures, printed, never asserted. */
import { consistency } from './consistency.ts';
import { delays } from './delays.ts';
import { edge } from './edge.ts';
import { fairness } from './fairness.ts';
import { faults, storeOutages } from './faults.ts';
import { firstToken } from './first-token.ts';
import { memory } from './memory.ts';
import { outage } from './outage.ts';
import { soak } from './soak.ts';
import { prefill } from './prefill.ts';
import { throughput } from './throughput.ts';
import { why } from './why/why.ts';

const parts = {
  throughput,
  'first-token': firstToken,
  edge,
  prefill,
  delays,
  memory,
  fairness,
  soak,
  why,
  consistency,
  outage,
  faults,
  'store-outages': storeOutages,
};

type Part = (print: (line: string) => void, amount?: number) => Promise<void>;

const wanted = new Map(
  process.argv.slice(2).map((argument) => {
    const [name = '', amount] = argument.split('=');
    return [name, amount === undefined ? undefined : Number(amount)] as const;
  }),
);
const unknown = [...wanted.keys()].filter((name) => !(name in parts));
if (unknown.length > 0) {
  const known = Object.keys(parts).join(', ');
  process.stderr.write(`There is no bench ${unknown.join(', ')}; there are ${known}. None named runs all.\n`);
  process.exit(2);
}
for (const [name, amount] of wanted)
  if (amount !== undefined && !(amount > 0)) {
    process.stderr.write(`How much of ${name}? After the = comes a number above 0.\n`);
    process.exit(2);
  }
for (const [name, run] of Object.entries<Part>(parts)) {
  if (wanted.size > 0 && !wanted.has(name)) continue;
  await run((line) => process.stdout.write(`${line}\n`), wanted.get(name));
  process.stdout.write('\n');
}
