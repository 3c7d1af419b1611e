/**
 * Makes `dist`, what the packed library consists of: the same modules as ES modules and as CommonJS,
 * each with types. Modules stay apart, so that the sub-paths of the package share one state.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));
const dist = join(folder, 'dist');
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');

function compile(format: string, options: readonly string[]): void {
  const out = join(dist, format);
  mkdirSync(out, { recursive: true });
  const project = ['-p', join(folder, 'tsconfig.package.json'), '--outDir', out];
  execFileSync(process.execPath, [compiler, ...project, ...options], { stdio: 'inherit' });
  const type = format === 'esm' ? 'module' : 'commonjs';
  writeFileSync(join(out, 'package.json'), `${JSON.stringify({ type })}\n`);
}

rmSync(dist, { recursive: true, force: true });
compile('esm', []);
compile('cjs', ['--module', 'commonjs', '--moduleResolution', 'bundler', '--verbatimModuleSyntax', 'false']);
copyFileSync(join(folder, '../../LICENSE'), join(dist, 'LICENSE'));
