import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const source = join(import.meta.dirname, 'src/page');

/**
 * Bundles the page. The folder is emptied first; nothing outside it is written.
 *
 * @param {string} [folder] default `dist/page` of this project
 */
export async function buildPage(folder = join(import.meta.dirname, 'dist/page')) {
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
  for (const file of ['index.html', 'icon.svg']) await cp(join(source, file), join(folder, file));
}

if (process.argv[1] === import.meta.filename) await buildPage();
