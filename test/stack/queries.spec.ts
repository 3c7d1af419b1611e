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
  // The service graph draws who comes from outside for roots alone.
  await mesh.chat(asking('Hi'));
  await failure(mesh.chat({ messages: [] }, { metadata: metadata() }));
  await failure(
    mesh.chat(asking('Tell me a short story about a bear.', { maxTokens: 200 }), {
      metadata: metadata(),
      timeoutMs: 60,
    }),
  );
});

afterAll(() => mesh.stop());

/** What is counted only once something is lost, by the tail sampler, or of a GPU: no series here. */
const notHere = [
  /otelcol_exporter_(?:send|enqueue)_failed_(?:spans|metric_points|log_records)/,
  /otelcol_processor_memory_limiter_refused_(?:spans|metric_points|log_records)/,
  /otelcol_processor_tail_sampling_sampling_trace_dropped_too_early/,
  /otelcol_elasticsearch_docs_processed\(_total\)\?",outcome!="success"/,
  /error_type!="",__name__="otel_sdk_(?:processor|exporter)_(?:span|log|metric_data_point)_(?:processed|exported)_total"/,
  /traces_span_kept_|otelcol_processor_tail_sampling_global/,
  /hw_gpu_memory/,
  /__name__="otelcol:(?:send_failed|enqueue_failed|memory_refused|elasticsearch_refused|tail_sampling_dropped_too_early):increase5m"/,
  /__name__="otel_sdk:(?:dropped|export_failed):increase5m"/,
];

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

it('every series that a rule or a dashboard asks for is there, but for what has not happened', async () => {
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
        if (!notHere.some((one) => one.test(selector)) && !(await has(selector)))
          missing.push(`${where}: ${selector}`);
      return missing.length;
    },
    (count) => count === 0,
    30_000,
  ).catch(() => {});
  expect(missing).toEqual([]);
});
