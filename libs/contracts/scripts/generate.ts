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
import descriptor from 'protobufjs/ext/descriptor/index.js';

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
      `export const descriptors = ${JSON.stringify(load(sources, false).toJSON())} as unknown as INamespace;\n`,
      '/** google.protobuf.FileDescriptorProto of each package, in base64: what server reflection shows. */',
      `export const reflectedFiles: readonly string[] = ${JSON.stringify(reflectedFiles(load(sources, true)))};\n`,
    ].join('\n'),
  );
}

function load(sources: string[], keepCase: boolean): protobuf.Root {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, path) => join(protos, path);
  return root.loadSync(sources, { keepCase });
}

/** The files as protoc would describe them: protobufjs leaves out two things that readers insist on. */
function reflectedFiles(root: protobuf.Root): string[] {
  const { file } = root.toDescriptor('proto3') as descriptor.IFileDescriptorSet;
  return file.map((one) => {
    one.messageType?.forEach(complete);
    return Buffer.from(descriptor.FileDescriptorProto.encode(one).finish()).toString('base64');
  });
}

function complete(message: descriptor.IDescriptorProto): void {
  message.nestedType?.forEach(complete);
  for (const field of message.field ?? []) {
    const oneof = message.oneofDecl?.[field.oneofIndex ?? -1];
    if (oneof?.name === `_${field.name}`) Object.assign(field, { proto3Optional: true });
    // The entry of a map `gpu_ids` must be called GpuIdsEntry.
    const entry = message.nestedType?.find(
      ({ name, options }) => options?.mapEntry === true && field.typeName?.split('.').at(-1) === name,
    );
    if (entry === undefined) continue;
    const name = `${field.name?.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Entry`;
    field.typeName = field.typeName?.replace(/[^.]+$/, name);
    entry.name = name;
  }
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
