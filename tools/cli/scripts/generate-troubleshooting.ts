/**
 * Writes the causes that `ryz doctor` knows into docs/troubleshooting.md, between its two markers;
 * with `--check` only tells whether they are there.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { hopNames } from '../src/doctor/cause.ts';
import { causes } from '../src/doctor/diagnose.ts';

const page = new URL('../../../docs/troubleshooting.md', import.meta.url);
const [begin, end] = ['<!-- causes: begin -->', '<!-- causes: end -->'];

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
const rows = hopNames.flatMap((hop) =>
  causes
    .filter((cause) => cause.hop === hop)
    .map(({ id, means, mend }) => `| ${hop} | \`${id}\` | ${cell(means)} | ${cell(mend)} |`),
);
const table = ['| hop | cause | what it means | do |', '| --- | --- | --- | --- |', ...rows].join('\n');
const text = readFileSync(page, 'utf8');
const [before, after] = [text.indexOf(begin), text.indexOf(end)];
if (before < 0 || after < before) throw new Error(`docs/troubleshooting.md lacks ${begin} or ${end}`);
const written = await format(`${text.slice(0, before + begin.length)}\n\n${table}\n\n${text.slice(after)}`, {
  ...(await resolveConfig(page)),
  parser: 'markdown',
});
if (!process.argv.includes('--check')) writeFileSync(page, written);
else if (written !== text) {
  process.stderr.write('docs/troubleshooting.md is not what `npm run generate` writes.\n');
  process.exitCode = 1;
}
