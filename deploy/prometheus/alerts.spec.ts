import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

const read = (path: string): unknown => parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
const files = readdirSync(new URL('rules/', import.meta.url));

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert?: string }[] }[];
}

interface Tests {
  readonly rule_files: readonly string[];
  readonly tests: readonly {
    readonly promql_expr_test?: readonly {
      readonly expr: string;
      readonly exp_samples?: readonly { readonly labels: string }[];
    }[];
  }[];
}

test('each file of rules has tests that read it', () => {
  expect(readdirSync(new URL('tests/', import.meta.url)).sort()).toEqual([...files].sort());
  for (const file of files)
    expect((read(`tests/${file}`) as Tests).rule_files).toEqual([expect.stringMatching(`rules/${file}$`)]);
});

test.each(files)('every alert of %s is seen to fire', (file) => {
  const alerts = (read(`rules/${file}`) as Rules).groups
    .flatMap(({ rules }) => rules)
    .flatMap(({ alert }) => alert ?? []);
  const fired = (read(`tests/${file}`) as Tests).tests
    .flatMap(({ promql_expr_test: asked = [] }) => asked)
    .flatMap(({ exp_samples: samples = [] }) => samples)
    .flatMap(({ labels }) => /alertstate="firing", alertname="(\w+)"/.exec(labels)?.[1] ?? []);
  expect(alerts.length).toBeGreaterThan(8);
  expect([...new Set(fired)].sort()).toEqual([...alerts].sort());
});
