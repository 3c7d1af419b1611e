import { join } from 'node:path';
import { buildPageOf } from '../../build-page.mjs';

/**
 * Bundles the page.
 *
 * @param {string} [folder] default `dist/page` of this project
 */
export async function buildPage(folder = join(import.meta.dirname, 'dist/page')) {
  await buildPageOf(join(import.meta.dirname, 'src/web-chat/page'), folder, ['index.html', 'icon.svg']);
}

if (process.argv[1] === import.meta.filename) await buildPage();
