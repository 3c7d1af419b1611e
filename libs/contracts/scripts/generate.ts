/**
 * Writes `src/generated` from `protos/`: TypeScript types (proto-loader-gen-types) and the
 * descriptors as data, so that no .proto file is read at run time.
 *
 * `node scripts/generate.ts` writes; `node scripts/generate.ts --check` exits 1 where the
 * committed files differ from what would be written.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const workspace = join(project, '../..');
const protos = join(workspace, 'protos');
const target = join(project, 'src/generated');
const check = process.argv.includes('--check');

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

function generateInto(folder: string): void {
  const sources = filesUnder(protos).filter((file) => file.endsWith('.proto'));
  // The flags mirror src/loader-options.ts; loader.spec.ts proves that they agree.
  execFileSync(
    process.execPath,
    [
      join(workspace, 'node_modules/.bin/proto-loader-gen-types'),
      ...['--longs=String', '--enums=String', '--defaults', '--oneofs', '--includeComments'],
      ...['--grpcLib=@grpc/grpc-js', '--importFileExtension=.ts', `--includeDirs=${protos}`],
      `--outDir=${folder}`,
      ...sources,
    ],
    { cwd: protos, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  for (const file of filesUnder(folder)) {
    const path = join(folder, file);
    // Types are imported for their types alone, which Node's type stripping must be told.
    const text = readFileSync(path, 'utf8')
      .replace(/^import \{/gm, 'import type {')
      .replaceAll(`${protos}/`, 'protos/');
    writeFileSync(path, text);
  }
  for (const name of ['api', 'gpu', 'engine'])
    writeFileSync(join(folder, `${name}-v1.ts`), messageNames(folder, name));
  writeFileSync(
    join(folder, 'descriptors.ts'),
    [
      "// Generated from protos/; do not edit. Rebuild with `npm run generate`.\nimport type { INamespace } from 'protobufjs';\n",
      '/** Fields in camelCase: what the services read and write. */',
      `export const descriptors = ${descriptors(sources, false)} as unknown as INamespace;\n`,
      '/** Fields named as in the .proto files: what server reflection shows. */',
      `export const reflectedDescriptors = ${descriptors(sources, true)} as unknown as INamespace;\n`,
    ].join('\n'),
  );
}

function descriptors(sources: string[], keepCase: boolean): string {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, path) => join(protos, path);
  root.loadSync(sources, { keepCase });
  return JSON.stringify(root.toJSON());
}

/** Re-exports of one package: `X` as read from the wire, `XInit` as given to be sent. */
function messageNames(folder: string, name: string): string {
  const messages = filesUnder(join(folder, 'ryzanstein', name, 'v1')).map((file) =>
    file.replace(/\.ts$/, ''),
  );
  const lines = messages.flatMap((message) => {
    const from = `'./ryzanstein/${name}/v1/${message}.ts'`;
    const text = readFileSync(join(folder, 'ryzanstein', name, 'v1', `${message}.ts`), 'utf8');
    if (text.includes(`export const ${message} =`)) return [`export { ${message} } from ${from};`];
    if (!text.includes(`export interface ${message}__Output`))
      return [`export type { ${message}Handlers } from ${from};`];
    return [`export type { ${message} as ${message}Init, ${message}__Output as ${message} } from ${from};`];
  });
  return `// Generated from protos/; do not edit. Rebuild with \`npm run generate\`.\n${lines.join('\n')}\n`;
}

const fresh = mkdtempSync(join(tmpdir(), 'contracts-'));
try {
  generateInto(fresh);
  if (check) {
    const stale = [...new Set([...filesUnder(fresh), ...filesUnder(target)])].filter((file) => {
      try {
        return readFileSync(join(fresh, file), 'utf8') !== readFileSync(join(target, file), 'utf8');
      } catch {
        return true;
      }
    });
    if (stale.length > 0) {
      process.stderr.write(
        `libs/contracts/src/generated is out of date; run 'npm run generate': ${stale.join(', ')}\n`,
      );
      process.exitCode = 1;
    }
  } else {
    rmSync(target, { recursive: true, force: true });
    cpSync(fresh, target, { recursive: true });
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
