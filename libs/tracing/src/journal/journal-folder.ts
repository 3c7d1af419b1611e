import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a folder and those above it, level by level. Node's own recursive way never comes back where a
 * file system takes no folders and says that they do not exist, as /proc does.
 *
 * @throws Error of the level that could not be made.
 */
export function makeFolder(folder: string): void {
  const missing: string[] = [];
  let level = folder;
  while (!isFolder(level)) {
    missing.push(level);
    const above = dirname(level);
    if (above === level) break;
    level = above;
  }
  for (const path of missing.reverse()) makeLevel(path);
}

function makeLevel(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    // Another process that starts at the same time was faster.
    if (!isFolder(path)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
