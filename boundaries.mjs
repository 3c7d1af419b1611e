/**
 * Who may import whom, by Nx tag of the importing project. ESLint's own rule enforces it, so that
 * it can never be skipped for want of a project graph; boundaries.spec.ts proves that it does.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const workspace = dirname(fileURLToPath(import.meta.url));
const libs = ['contracts', 'rpc', 'runtime', 'tracing'];
// Reads finished traces: for tools and tests, never part of a service.
const analysis = 'trace-analysis';
// Draws traces in a browser: for pages alone.
const view = 'trace-view';
const sdk = {
  regex: '^@opentelemetry/(?!api$|semantic-conventions)',
  message: 'Only libs/tracing imports the OpenTelemetry SDK, its exporters and instrumentation.',
};
const otel = { regex: '^@opentelemetry/', message: 'This library knows nothing of OpenTelemetry.' };
const grpc = { regex: '^@grpc/', message: 'This library knows nothing of gRPC.' };
const node = { regex: '^node:', message: 'This library also runs in a browser.' };
const deep = { regex: '^@ryzanstein/[^/]+/(src|dist)/', message: 'Import the package, not its files.' };
const escape = {
  regex: '^\\.\\..*/(apps|libs|tools)/|^\\.\\./.*/src/',
  message: 'Import other projects by package name.',
};

/** Tag → projects that may be imported, and packages from outside that may not. */
const byTag = {
  'type:app': { projects: libs, banned: [sdk] },
  'type:tool': {
    projects: [...libs, analysis, view, 'cli', 'launcher', 'stack', 'tracebox', 'train-model'],
    banned: [sdk],
  },
  'tool:bench': {
    projects: [...libs, analysis, 'testing', 'launcher', 'stack', 'train-model', 'inference-engine'],
    banned: [],
  },
  'lib:contracts': { projects: [], banned: [otel] },
  'lib:rpc': { projects: [], banned: [otel] },
  'lib:runtime': { projects: [], banned: [otel, grpc] },
  'lib:tracing': { projects: [], banned: [] },
  'lib:trace-analysis': { projects: [], banned: [otel, grpc, node] },
  'lib:trace-view': { projects: [], banned: [otel, grpc, node] },
  'lib:testing': { projects: [...libs, analysis], banned: [sdk] },
};

function only(projects, hint) {
  const allowed = projects.length > 0 ? `(?!(?:${projects.join('|')})(?:/|$))` : '';
  return { regex: `^@ryzanstein/${allowed}`, message: hint };
}

function readPackage(folder) {
  return JSON.parse(readFileSync(join(workspace, folder, 'package.json'), 'utf8'));
}

function restrict(name, files, patterns, ignores = []) {
  return { name, files, ignores, rules: { 'no-restricted-imports': ['error', { patterns }] } };
}

const tests = ['**/*.spec.ts', '**/test/**'];
// A page of an app is no part of its process: it runs in a browser.
const pages = 'src/**/page/**/*.{ts,tsx}';

/** Flat ESLint configuration of every project of the workspace. */
export function boundaries() {
  return ['apps', 'libs', 'tools'].flatMap((group) =>
    readdirSync(join(workspace, group)).flatMap((project) => {
      const folder = `${group}/${project}`;
      const { nx, name } = readPackage(folder);
      const tag = nx?.tags?.toReversed().find((candidate) => candidate in byTag);
      if (tag === undefined)
        throw new Error(`${folder}/package.json has no nx tag of ${Object.keys(byTag).join(', ')}`);
      const { projects, banned } = byTag[tag];
      const self = name.replace('@ryzanstein/', '');
      const code = [
        only(
          [...projects, self],
          `${self} (${tag}) may import ${projects.join(', ') || 'no other project'}.`,
        ),
        ...banned,
        deep,
      ];
      const inTests = [
        only(
          [...new Set([...libs, analysis, view, 'testing', self, ...projects])],
          'Tests import libraries.',
        ),
        deep,
      ];
      const inPages = [
        only([analysis, view], 'A page imports what also runs in a browser.'),
        otel,
        grpc,
        node,
        deep,
      ];
      const domain = {
        regex: '^(?!\\.\\.?/)|^\\.\\./\\.\\./|^\\.\\./(?!domain/)',
        message: 'domain/ is pure: it imports only its own files.',
      };
      // A folder within it may import the files that it lies beside.
      const inDomain = { ...domain, regex: '^(?!\\.\\.?/)|^\\.\\./\\.\\./' };
      return [
        restrict(`boundaries of ${folder}`, [`${folder}/**/*.{ts,tsx}`], [...code, escape], tests),
        restrict(
          `boundaries of the tests of ${folder}`,
          tests.map((files) => `${folder}/${files}`),
          inTests,
        ),
        ...(group === 'apps'
          ? [
              restrict(`pages of ${folder}`, [`${folder}/${pages}`], inPages, tests),
              restrict(`pure domain of ${folder}`, [`${folder}/src/domain/*.ts`], [domain], tests),
              restrict(
                `pure parts of the domain of ${folder}`,
                [`${folder}/src/domain/*/**/*.ts`],
                [inDomain],
                tests,
              ),
            ]
          : []),
      ];
    }),
  );
}
