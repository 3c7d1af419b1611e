import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Stack } from '@ryzanstein/stack';
import { prometheus } from './backend-reads.ts';

/** A query that is shipped, and where it stands. */
export interface ShippedQuery {
  readonly where: string;
  readonly promql: string;
}

const deploy = fileURLToPath(new URL('../../deploy', import.meta.url));

/** The expressions of all rules, as Prometheus has loaded them. */
export async function ruleQueries(stack: Stack): Promise<ShippedQuery[]> {
  const { groups } = await prometheus<{ groups: { rules: { name: string; query: string }[] }[] }>(
    stack,
    '/api/v1/rules',
  );
  return groups.flatMap(({ rules }) =>
    rules.map(({ name, query }) => ({ where: `rule ${name}`, promql: query })),
  );
}

/** The expressions of all panels of all dashboards, with Grafana's variables filled in as for everything. */
export function dashboardQueries(): ShippedQuery[] {
  const folder = join(deploy, 'grafana', 'dashboards');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => expressions(JSON.parse(readFileSync(join(folder, name), 'utf8')), name));
}

function expressions(node: unknown, where: string): ShippedQuery[] {
  if (Array.isArray(node)) return node.flatMap((one) => expressions(one, where));
  if (typeof node !== 'object' || node === null) return [];
  const own = 'title' in node && typeof node.title === 'string' ? `${where}: ${node.title}` : where;
  const found =
    'expr' in node && typeof node.expr === 'string' ? [{ where: own, promql: filledIn(node.expr) }] : [];
  return [...found, ...Object.values(node).flatMap((one) => expressions(one, own))];
}

function filledIn(promql: string): string {
  return promql
    .replace(/\$\{?__(?:rate_interval|interval|range)\}?/g, '5m')
    .replace(/\$\{\w+(?::\w+)?\}|\$\w+/g, '.*');
}

/** The selectors in a query, by Prometheus's own parser. */
export async function selectors(stack: Stack, promql: string): Promise<string[]> {
  const tree = await prometheus<unknown>(stack, '/api/v1/parse_query', { query: promql });
  return [...new Set(selectorsOf(tree))];
}

interface Matcher {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

function selectorsOf(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(selectorsOf);
  if (typeof node !== 'object' || node === null) return [];
  const { type, matchers } = node as { type?: string; matchers?: readonly Matcher[] };
  if ((type === 'vectorSelector' || type === 'matrixSelector') && matchers !== undefined)
    return [`{${matchers.map((one) => `${one.name}${one.type}${JSON.stringify(one.value)}`).join(',')}}`];
  return Object.values(node).flatMap(selectorsOf);
}
