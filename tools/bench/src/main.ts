/** `npm run bench [-- part …]`: side-by-side figures, printed, never asserted. */
import { delays } from './delays.ts';
import { firstToken } from './first-token.ts';
import { memory } from './memory.ts';
import { throughput } from './throughput.ts';

const parts = { throughput, 'first-token': firstToken, delays, memory };

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in parts));
if (unknown.length > 0) {
  const known = Object.keys(parts).join(', ');
  process.stderr.write(`There is no bench ${unknown.join(', ')}; there are ${known}. None named runs all.\n`);
  process.exit(2);
}
for (const [name, run] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  await run((line) => process.stdout.write(`${line}\n`));
  process.stdout.write('\n');
}
