/**
 * Puts what an image of a service needs into a folder of its own:
 * `node deploy/docker/copy-app.mjs <app> [app …] <folder>`.
 *
 * That is the bundle, the models of the engine, and the packages that the bundle leaves outside
 * itself, with what they depend on, as `npm ci` installed them.
 */
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const leftOut = [
  // llama.cpp's source, from which a machine without a binary could build one.
  /\.bundle$/,
  // Binaries for other machines, which say that they fit this one because they can be built on it.
  new RegExp(`/@node-llama-cpp/linux-(?!${process.arch})[^/]*$`),
];

const workspace = resolve(fileURLToPath(new URL('../..', import.meta.url)));
const apps = process.argv.slice(2, -1);
const out = process.argv.at(-1);

for (const app of apps) {
  const from = join(workspace, 'apps', app);
  const to = join(out, app);
  mkdirSync(to, { recursive: true });
  for (const part of ['package.json', 'dist', 'models'])
    if (existsSync(join(from, part)))
      cpSync(join(from, part), join(to, part), {
        recursive: true,
        filter: (path) => !path.endsWith('.map'),
      });
  const { outside } = JSON.parse(readFileSync(join(from, 'dist/outside.json'), 'utf8'));
  for (const folder of packagesOf(outside, from))
    cpSync(folder, join(to, relative(folder.startsWith(from) ? from : workspace, folder)), {
      recursive: true,
      // What a package depends on is found by itself, and nested copies with it.
      filter: (path) =>
        (path === folder || !path.slice(folder.length).startsWith('/node_modules')) &&
        !leftOut.some((pattern) => pattern.test(path)),
    });
}

/** The folders of these packages and of all that they depend on, as Node would find them. */
function packagesOf(names, importer) {
  const folders = new Set();
  const waiting = names.map((name) => [name, importer, true]);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [name, from, needed] = next;
    const folder = findPackage(name, from);
    if (folder === undefined) {
      if (needed) throw new Error(`${name}, which ${from} needs, is not installed`);
      continue;
    }
    if (folders.has(folder)) continue;
    folders.add(folder);
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const { dependencies, optionalDependencies = {} } = manifest;
    for (const dependency of Object.keys({ ...dependencies, ...optionalDependencies }))
      // Declarations of types have nothing to run.
      if (!dependency.startsWith('@types/'))
        waiting.push([dependency, folder, !(dependency in optionalDependencies)]);
  }
  return folders;
}

/** Undefined where an optional package was not installed, or is a stand-in for another platform. */
function findPackage(name, from) {
  for (let folder = from; folder.startsWith(workspace); folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name);
    if (existsSync(join(found, 'package.json'))) {
      const { os, cpu } = JSON.parse(readFileSync(join(found, 'package.json'), 'utf8'));
      const fits =
        (os === undefined || os.includes(process.platform)) &&
        (cpu === undefined || cpu.includes(process.arch));
      return fits ? found : undefined;
    }
  }
  return undefined;
}
