#!/usr/bin/env node
// Plain JavaScript that any Node since 12.20 can read: finds a Node that is new enough, and the bundle.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bundle = fileURLToPath(new URL('../dist/ryz.js', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);

if (!existsSync(bundle)) fail('ryz is not built yet: run `npm run build` once.');
else if (major > 22 || (major === 22 && minor >= 15))
  await import(new URL('../dist/ryz.js', import.meta.url).href);
else runUnder(projectNode());

function projectNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json');
    return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    return undefined;
  }
}

function runUnder(node) {
  if (node === undefined || !existsSync(node)) {
    fail(`ryz needs Node 22.15 or later; this is ${process.versions.node}. \`npm ci\` brings one along.`);
    return;
  }
  const child = spawn(node, [bundle, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`ryz cannot start ${node}: ${error.message}`));
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? code : signal === 'SIGKILL' ? 137 : 143;
  });
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}
