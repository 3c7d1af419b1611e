/**
 * Writes the configurations of the Collector and of Jaeger from the parts in their `source` folders.
 *
 * Both programs could merge several files themselves, but each profile would then be a list of files
 * that every compose file, chart and test has to repeat, in order. One file per profile is mounted
 * and read as it is; `--check` keeps them from drifting. Maps merge and lists are replaced, as the
 * programs do it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { isCollection, isMap, isScalar, parseDocument, type Document, type YAMLMap } from 'yaml';
import { contentKeys, quotedContent } from './collector-content.ts';

const deploy = new URL('../deploy/', import.meta.url);

/** Parts of each profile, later ones winning. */
const profiles: Readonly<Record<string, readonly string[]>> = {
  'otel-collector/gateway': ['base', 'gateway', 'elasticsearch'],
  'otel-collector/gateway-light': ['base', 'gateway', 'light'],
  'otel-collector/gateway-tail': ['base', 'gateway', 'elasticsearch', 'tail'],
  'otel-collector/agent': ['base', 'agent'],
  'jaeger/jaeger': ['base', 'memory'],
  'jaeger/jaeger-elasticsearch': ['base', 'elasticsearch'],
};

function part(profile: string, name: string): Document {
  const document = parseDocument(readFileSync(new URL(`${profile}/../source/${name}.yaml`, deploy), 'utf8'));
  if (document.errors[0] !== undefined) throw document.errors[0];
  return document;
}

const keyOf = (key: unknown): unknown => (isScalar(key) ? key.value : key);

function merge(into: YAMLMap, from: YAMLMap): void {
  for (const pair of from.items) {
    const there = into.items.find(({ key }) => keyOf(key) === keyOf(pair.key));
    if (there === undefined) into.items.push(pair);
    else if (isMap(there.value) && isMap(pair.value)) merge(there.value, pair.value);
    else there.value = pair.value;
  }
}

/** Puts an expression into a statement: within quotes of OTTL, and with `$` as the Collector escapes it. */
const literal = (expression: string) => plain(JSON.stringify(expression).slice(1, -1));

/** An expression that is a value by itself. */
const plain = (expression: string) => expression.replaceAll('$', '$$$$');

/** Writes the expressions where the statements name them, as `@NAME@`. */
function fill(node: unknown, expressions: Readonly<Record<string, string>>): void {
  if (typeof node !== 'object' || node === null) return;
  if (isScalar(node)) {
    if (typeof node.value !== 'string') return;
    node.value = node.value.replace(/@([A-Z_]+)@/, (found, name: string) => {
      const expression = expressions[name];
      if (expression === undefined) throw new Error(`${found} is not known`);
      return node.value === found ? plain(expression) : literal(expression);
    });
  } else if ('items' in node) {
    for (const item of node.items as unknown[]) fill(item, expressions);
  } else if ('value' in node) fill(node.value, expressions);
}

/** One expression for all that the redaction blocks, for the texts that it does not look at. */
function blockedValues(document: Document): string {
  const list = document.getIn(['processors', 'redaction/secrets', 'blocked_values']);
  if (!isCollection(list)) return '';
  return `(?i)${(list.toJSON() as string[]).map((value) => value.replace('(?i)', '')).join('|')}`;
}

function write(profile: string, parts: readonly string[]): string {
  const [document, ...others] = parts.map((name) => part(profile, name));
  if (document === undefined || !isMap(document.contents)) throw new Error(`${profile} has no parts`);
  for (const { contents } of others) if (isMap(contents)) merge(document.contents, contents);
  fill(document.get('processors'), {
    CONTENT_KEYS: contentKeys,
    QUOTED: quotedContent,
    SECRETS: blockedValues(document),
  });
  document.commentBefore = ` Written by scripts/generate-stack.ts from source/{${parts.join(',')}}.yaml: edit those.`;
  return document.toString({ lineWidth: 0 });
}

for (const [profile, parts] of Object.entries(profiles)) {
  const target = new URL(`${profile}.yaml`, deploy);
  const text = await format(write(profile, parts), { ...(await resolveConfig(target)), parser: 'yaml' });
  if (!process.argv.includes('--check')) writeFileSync(target, text);
  else if (readFileSync(target, 'utf8') !== text) {
    process.stderr.write(`deploy/${profile}.yaml is out of date; run 'npm run generate'\n`);
    process.exitCode = 1;
  }
}
