import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';

const folder = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as {
  readonly exports: Readonly<Record<string, { readonly '@ryzanstein/source': string }>>;
};

/** What the examples mention and do not make: the reader's own program. */
const readersProgram = `
import type { Metadata } from '@grpc/grpc-js';
import type { Server } from 'node:http';
import type { ActiveSpan, Telemetry, TelemetryLogger, Tracer } from '@ryzanstein/tracing';

declare global {
  const telemetry: Telemetry;
  const tracer: Tracer;
  const logger: TelemetryLogger;
  const url: string;
  const model: string;
  const server: Server;
  const serve: (...given: unknown[]) => void;
  const call: { readonly metadata: Metadata };
  const client: { chat(request: unknown, metadata: Metadata, answered: unknown): void };
  const request: unknown;
  const answered: unknown;
  const message: { readonly traceparent: string; readonly tracestate?: string };
  const handle: (given: unknown) => void;
  const queue: { send(message: unknown): void; readonly length: number };
  const add: (one: number, other: number) => number;
  const ask: (span: ActiveSpan) => Promise<string>;
  const generate: () => AsyncGenerator<string>;
  const print: (text: string) => void;
}
`;

interface Exported {
  readonly name: string;
  /** Of the package, as it is imported. */
  readonly module: string;
  readonly symbol: ts.Symbol;
  /** File and line, for whoever has to mend it. */
  readonly at: string;
}

interface Example {
  /** `Name` or `Name.member`. */
  readonly of: string;
  readonly file: string;
  readonly code: string;
}

const options = ts.convertCompilerOptionsFromJson(
  ts.readConfigFile(`${folder}/../../tsconfig.base.json`, (path) => ts.sys.readFile(path)).config
    .compilerOptions,
  folder,
).options;

const entries = Object.entries(manifest.exports).map(([path, target]) => ({
  module: `@ryzanstein/tracing${path.slice(1)}`,
  file: `${folder}${target['@ryzanstein/source'].slice(2)}`,
}));
const program = ts.createProgram(
  entries.map(({ file }) => file),
  options,
);
const checker = program.getTypeChecker();
const exported = entries.flatMap(exportsOf);

function exportsOf({ module, file }: (typeof entries)[number]): Exported[] {
  const source = program.getSourceFile(file);
  const from = source && checker.getSymbolAtLocation(source);
  if (from === undefined) throw new Error(`${file} is no module`);
  return checker.getExportsOfModule(from).map((given) => {
    const symbol = given.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(given) : given;
    const declaration = symbol.declarations?.[0];
    const declaring = declaration?.getSourceFile();
    const line = declaring?.getLineAndCharacterOfPosition(declaration?.getStart() ?? 0).line ?? 0;
    const at = `${relative(folder, declaring?.fileName ?? file)}:${line + 1}`;
    return { name: given.name, module, symbol, at };
  });
}

function examplesOf(symbol: ts.Symbol): string[] {
  return symbol
    .getJsDocTags(checker)
    .filter(({ name }) => name === 'example')
    .map(({ text }) => ts.displayPartsToString(text).trim());
}

function lackOf({ name, symbol, at }: Exported): string[] {
  const lacks: string[] = [];
  if (ts.displayPartsToString(symbol.getDocumentationComment(checker)) === '') lacks.push('a sentence');
  if (examplesOf(symbol).filter((code) => code !== '').length === 0) lacks.push('an @example');
  return lacks.map((what) => `${name} (${at}) lacks ${what}`);
}

/** The examples of all exports and of their members, once each. */
function allExamples(): Example[] {
  const codes = new Map<string, string[]>();
  for (const { name, symbol } of exported) {
    codes.set(name, examplesOf(symbol));
    for (const table of [symbol.members, symbol.exports]) {
      for (const member of table?.values() ?? []) codes.set(`${name}.${member.name}`, examplesOf(member));
    }
  }
  return [...codes].flatMap(([of, list]) =>
    list.map((code, index) => ({ of, code, file: `${folder}test/example-${of}-${index}.ts` })),
  );
}

/** Lines that import from the package what the code uses of it. */
function importsOf(code: string): string[] {
  const used = new Set<string>();
  const declared = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) {
      const { parent } = node;
      const isDeclared =
        (ts.isVariableDeclaration(parent) || ts.isBindingElement(parent) || ts.isImportSpecifier(parent)) &&
        parent.name === node;
      const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node;
      if (isDeclared) declared.add(node.text);
      else if (!isMember) used.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('example.ts', code, ts.ScriptTarget.ESNext, true));
  // By name, because two entries may export one symbol.
  const lines = new Map<string, string>();
  for (const { name, module, symbol } of exported) {
    const type = symbol.flags & ts.SymbolFlags.Value ? '' : 'type ';
    if (used.has(name) && !declared.has(name)) lines.set(name, `import { ${type}${name} } from '${module}';`);
  }
  return [...lines.values()];
}

/** The examples that say what they print, as one program, and what they say. */
function printing(examples: readonly Example[]): { readonly program: string; readonly said: string[] } {
  const says = /^console\.log\(.*\); \/\/ (.+)$/gm;
  const codes = examples.map(({ code }) => code).filter((code) => code.search(says) >= 0);
  const imports = new Set(codes.flatMap(importsOf));
  return {
    program: [...imports, ...codes.map((code) => `{\n${code}\n}`)].join('\n'),
    said: codes.flatMap((code) => [...code.matchAll(says)].map(([, text = '']) => text)),
  };
}

/** What the compiler says of the examples, all in one program. */
function faultsOf(examples: readonly Example[]): string[] {
  const surroundings = `${folder}test/example-surroundings.ts`;
  const texts = new Map([[surroundings, readersProgram]]);
  for (const example of examples) {
    texts.set(example.file, [example.code, ...importsOf(example.code), 'export {};'].join('\n'));
  }
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => texts.has(path) || fileExists(path);
  host.readFile = (path) => texts.get(path) ?? readFile(path);
  host.getSourceFile = (path, language, ...rest) => {
    const text = texts.get(path);
    if (text === undefined) return program.getSourceFile(path) ?? getSourceFile(path, language, ...rest);
    return ts.createSourceFile(path, text, language);
  };
  const checked = ts.createProgram([...texts.keys()], options, host, program);
  return [{ of: 'the surroundings', file: surroundings }, ...examples].flatMap(({ of, file }) => {
    const source = checked.getSourceFile(file);
    return [...checked.getSyntacticDiagnostics(source), ...checked.getSemanticDiagnostics(source)].map(
      ({ messageText }) => `${of}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`,
    );
  });
}

it('has a sentence and an example for every export', () => {
  expect(exported.length).toBeGreaterThan(80);
  expect([...new Set(exported.flatMap(lackOf))]).toEqual([]);
});

it('has examples that compile against the package', () => {
  // One that must fail, so that it is seen that the compiler was asked.
  const outgrown = { of: 'outgrown', file: `${folder}test/example-outgrown.ts`, code: 'tracer.begin();' };
  expect(faultsOf([...allExamples(), outgrown])).toEqual([
    "outgrown: Property 'begin' does not exist on type 'Tracer'.",
  ]);
}, 60_000);

it('has examples that print what they say', async () => {
  const { program, said } = printing(allExamples());
  const exporters = {
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
  };
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@ryzanstein/source', '--input-type=module-typescript', '--eval', program],
    { cwd: folder, env: { ...process.env, ...exporters, NODE_OPTIONS: '' } },
  );
  expect(said.length).toBeGreaterThan(10);
  expect((stdout + stderr).trim().split('\n')).toEqual(said);
});
