/** Runs `npm test`, unless the whole of it has passed on exactly these files already; `--again` runs it anyway. */
import { spawnSync } from 'node:child_process';
import { fingerprint, passedOn } from '../jest/passed-tree.mjs';

const passed = process.argv.includes('--again') ? undefined : passedOn(fingerprint());
if (passed === undefined) {
  const { status } = spawnSync('npm', ['test'], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} else {
  process.stdout.write(
    `npm test passed on exactly these files at ${passed.at} (${passed.tests} tests); npm run check -- --again repeats it\n`,
  );
}
