/** Bundles a page for browsers: one script, one style sheet, and the files beside them. */
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * Bundles `main.tsx` and `page.css`, and copies the rest. The folder is emptied first; nothing
 * outside it is written.
 *
 * @param {string} source the page's folder
 * @param {string} folder where it goes
 * @param {readonly string[]} files copied as they are
 */
export async function buildPageOf(source, folder, files) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: { page: join(source, 'main.tsx') },
    outdir: folder,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2023',
    logLevel: 'warning',
  });
  await build({
    entryPoints: { page: join(source, 'page.css') },
    outdir: folder,
    bundle: true,
    minify: true,
    target: ['chrome120', 'firefox121', 'safari17'],
    logLevel: 'warning',
  });
  for (const file of files) await cp(join(source, file), join(folder, file));
}
