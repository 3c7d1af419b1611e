import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A bundle and the project that it is made from, relative to the workspace. */
export interface Bundle {
  /** As `build.mjs` calls it. */
  readonly name: string;
  readonly folder: string;
  readonly file: string;
}

// A spec changes no bundle.
const irrelevant = /\.spec\.tsx?$/;

/** Those whose own sources, or any library's, are newer than the bundle, or that have none. */
export function staleBundles(workspace: string, bundles: readonly Bundle[]): Bundle[] {
  const shared = Math.max(
    ...['build.mjs', 'build-page.mjs', 'package-lock.json'].map((file) => modifiedMs(join(workspace, file))),
    newestIn(join(workspace, 'libs')),
  );
  return bundles.filter(({ folder, file }) => {
    const builtMs = modifiedMs(join(workspace, file));
    return builtMs === 0 || builtMs < Math.max(shared, newestIn(join(workspace, folder)));
  });
}

/**
 * Builds bundles with the workspace's `build.mjs`.
 *
 * @throws Error whose message is what the build said
 */
export function buildBundles(workspace: string, names: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, ['build.mjs', ...names], {
    cwd: workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`The build failed:\n${said.trim()}`));
    });
  });
}

// A folder's own time tells of files that were removed from it.
function newestIn(folder: string): number {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name.startsWith('.') || entry.name === 'dist' || entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) newest = Math.max(newest, modifiedMs(path), newestIn(path));
    else if (!irrelevant.test(entry.name)) newest = Math.max(newest, modifiedMs(path));
  }
  return newest;
}

function modifiedMs(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
