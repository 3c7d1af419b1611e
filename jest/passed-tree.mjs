/** Remembers on which files, byte for byte, the whole of `npm test` has passed. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const record = join(root, 'node_modules/.cache/ryzanstein/passed-tree.json');

/** A hash over every file that git tracks or would, and the Node that runs; undefined without git. */
export function fingerprint() {
  let files;
  try {
    const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
      cwd: root,
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    files = [...new Set(listed.toString().split('\0'))].filter((file) => file !== '').sort();
  } catch {
    return undefined;
  }
  const hash = createHash('sha256').update(`${process.version} ${process.platform} ${process.arch}\0`);
  for (const file of files) hash.update(`${file}\0`).update(contentOf(file)).update('\0');
  return hash.digest('hex');
}

// A file that was deleted and is still in the index differs from one that is empty.
function contentOf(file) {
  try {
    const content = readFileSync(join(root, file));
    return createHash('sha256').update(content).digest('hex');
  } catch {
    return 'absent';
  }
}

export function rememberPassed(tree, tests) {
  mkdirSync(dirname(record), { recursive: true });
  writeFileSync(record, JSON.stringify({ tree, tests, at: new Date().toISOString() }));
}

/** What passed on exactly these files, if anything did: `{ tests, at }`. */
export function passedOn(tree) {
  try {
    const known = JSON.parse(readFileSync(record, 'utf8'));
    return tree !== undefined && known.tree === tree ? known : undefined;
  } catch {
    return undefined;
  }
}
