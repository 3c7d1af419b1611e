import { asking, caller, failure } from '../mesh/mesh-under-test.ts';
import { until } from '../mesh/stored-trace.ts';
import { prometheus, query } from './backend-reads.ts';
import { meshOnStack, type MeshOnStack } from './mesh-on-stack.ts';
import { dashboardQueries, ruleQueries, selectors } from './shipped-queries.ts';
import { sharedStack } from './shared-stack.ts';

const stack = sharedStack();
let mesh: MeshOnStack;

beforeAll(async () => {
  mesh = await meshOnStack(stack, { RYZ_SLOTS: '1' });
  const metadata = (): { traceparent: string } => ({ traceparent: caller().traceparent });
  await Promise.all(
    Array.from({ length: 6 }, () => mesh.chat(asking('What is a span?'), { metadata: metadata() })),
  );
  await failure(mesh.chat({ messages: [] }, { metadata: metadata() }));
  await failure(
    mesh.chat(asking('Tell me a short story about a bear.', { maxTokens: 200 }), {
      metadata: metadata(),
      timeoutMs: 60,
    }),
  );
});

afterAll(() => mesh.stop());

const has = async (selector: string): Promise<boolean> =>
  (await query(stack, `count(last_over_time(${selector}[1h]))`)).length > 0;

it('every rule is loaded and evaluated without an error', async () => {
  const states = async (): Promise<string[]> => {
    const { groups } = await prometheus<{
      groups: { rules: { name: string; health: string; lastError?: string }[] }[];
    }>(stack, '/api/v1/rules');
    return groups.flatMap(({ rules }) =>
      rules.map(({ health, name, lastError }) => `${health} ${name} ${lastError ?? ''}`),
    );
  };
  const all = await until(
    states,
    (found) => found.length > 10 && !found.some((one) => one.startsWith('unknown')),
    40_000,
  );
  expect(all.filter((one) => !one.startsWith('ok'))).toEqual([]);
});

it('every series that a rule or a dashboard asks for is there, but for those of faults', async () => {
  const shipped = [...(await ruleQueries(stack)), ...dashboardQueries()];
  expect(shipped.length).toBeGreaterThan(10);
  const wanted = new Map<string, string>();
  for (const { where, promql } of shipped)
    for (const selector of await selectors(stack, promql)) wanted.set(selector, where);
  const missing: string[] = [];
  await until(
    async () => {
      missing.length = 0;
      for (const [selector, where] of wanted)
        if (!(await has(selector))) missing.push(`${where}: ${selector}`);
      return missing.length;
    },
    (count) => count === 0,
    30_000,
  ).catch(() => {});
  expect(missing).toEqual([]);
});
