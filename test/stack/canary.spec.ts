import { randomBytes } from 'node:crypto';
import { asking, caller, failure, type Caller } from '../mesh/mesh-under-test.ts';
import { chatTree } from '../mesh/chat-tree.ts';
import { until } from '../mesh/stored-trace.ts';
import { documents, exemplars, prometheus } from './backend-reads.ts';
import { arrivesWithinMs, jaegerTrace, meshOnStack, type MeshOnStack } from './mesh-on-stack.ts';
import { sharedStack } from './shared-stack.ts';

const stack = sharedStack();
const foreign = `canary-app-${randomBytes(4).toString('hex')}`;
// A word of its own for each way in, so that a find names the leak.
const word = (way: string): string => `canary${way}${randomBytes(6).toString('hex')}`;
const words = {
  prompt: word('prompt'),
  header: word('header'),
  message: word('message'),
  attribute: word('attribute'),
  event: word('event'),
  status: word('status'),
  logBody: word('logbody'),
  logAttribute: word('logattribute'),
  resource: word('resource'),
  token: word('token'),
  label: word('label'),
};

let mesh: MeshOnStack;
let from: Caller;
let answer = '';
const foreignTrace = caller();

beforeAll(async () => {
  mesh = await meshOnStack(stack);
  from = caller();
  const metadata = {
    traceparent: from.traceparent,
    authorization: `Bearer ${words.header}`,
    'x-api-key': words.header,
    'x-user-note': words.header,
    baggage: `user=${words.header}`,
  };
  answer = (await mesh.chat(asking(`What is a span? ${words.prompt}`), { metadata })).text;
  const other = { ...metadata, traceparent: caller().traceparent };
  const wrong = await failure(mesh.chat({ ...asking('Hi'), model: words.message }, { metadata: other }));
  // It must have been in the error, or the test proves nothing.
  expect(wrong.message).toContain(words.message);
  await mesh.trace(from, chatTree('ChatStream'));
  await sendAsForeignApp();
  await until(
    () => jaegerTrace(stack, foreignTrace.traceId),
    (spans) => spans.length === 1,
    arrivesWithinMs,
  );
  await until(
    () => documents(stack, 'logs-*', { term: { 'resource.attributes.service.name': foreign } }),
    (all) => all.length >= 2,
    arrivesWithinMs,
  );
  await until(
    () => prometheus<unknown[]>(stack, '/api/v1/series', { 'match[]': `{service_name="${foreign}"}` }),
    (all) => all.length > 0,
    arrivesWithinMs,
  );
});

afterAll(() => mesh.stop());

/** What an application might send that knows nothing of our rules. */
async function sendAsForeignApp(): Promise<void> {
  const text = (key: string, value: string): object => ({ key, value: { stringValue: value } });
  const resource = {
    attributes: [
      text('service.name', foreign),
      text('process.command_line', `run --prompt ${words.resource}`),
    ],
  };
  const scope = { name: 'foreign' };
  const nano = `${BigInt(Date.now()) * 1_000_000n}`;
  const span = {
    traceId: foreignTrace.traceId,
    spanId: foreignTrace.spanId,
    name: 'ask',
    kind: 1,
    startTimeUnixNano: nano,
    endTimeUnixNano: nano,
    attributes: [
      text('gen_ai.input.messages', `[{"content":"${words.attribute}"}]`),
      text('gen_ai.output.messages', words.attribute),
      text('llm.prompts.0.content', words.attribute),
      text('http.request.header.authorization', `Bearer ${words.token}`),
      text('rpc.grpc.request.metadata.x-note', words.token),
      text('db.password', words.token),
      text('note', `the key is Bearer ${words.token}`),
      text('ryzanstein.model', 'kept'),
    ],
    events: [
      {
        name: 'exception',
        timeUnixNano: nano,
        attributes: [
          text('exception.message', `cannot answer "${words.event}"`),
          text('exception.stacktrace', `Error: cannot answer "${words.event}"\n  at ask`),
        ],
      },
      { name: 'gen_ai.content.prompt', timeUnixNano: nano, attributes: [text('gen_ai.prompt', words.event)] },
    ],
    status: { code: 2, message: `refused: prompt: ${words.status}` },
  };
  const logs = [
    { body: { stringValue: `asked for "${words.logBody}"` }, attributes: [] },
    {
      body: { kvlistValue: { values: [text('content', words.logBody)] } },
      attributes: [
        text('gen_ai.input.messages', words.logAttribute),
        text('authorization', words.logAttribute),
      ],
    },
  ].map((record) => ({ ...record, timeUnixNano: nano, severityNumber: 9, severityText: 'INFO' }));
  const point = { asInt: '1', timeUnixNano: nano, startTimeUnixNano: nano };
  const metric = {
    name: 'canary.asked',
    sum: {
      aggregationTemporality: 2,
      isMonotonic: true,
      dataPoints: [
        { ...point, attributes: [text('gen_ai.prompt', words.label), text('api_key', words.label)] },
      ],
    },
  };
  await send('traces', { resourceSpans: [{ resource, scopeSpans: [{ scope, spans: [span] }] }] });
  await send('logs', { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: logs }] }] });
  await send('metrics', { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics: [metric] }] }] });
}

async function send(signal: string, body: unknown): Promise<void> {
  const response = await fetch(`${stack.endpoints.otlpHttp}/v1/${signal}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect([signal, response.status, await response.text()]).toEqual([signal, 200, '{"partialSuccess":{}}']);
}

/** The words, and the answer, that stand in what a backend holds. */
function leaks(held: string): string[] {
  const ways = Object.entries(words).filter(([, one]) => held.includes(one));
  return [...ways.map(([way]) => way), ...(held.includes(answer) ? ['completion'] : [])];
}

it('no secret and no text of a user is in Jaeger', async () => {
  expect(answer.length).toBeGreaterThan(10);
  const services = ['ryzanstein-api', 'ryzanstein-gpu', 'ryzanstein-inference', foreign];
  for (const service of services) {
    const response = await fetch(
      `${stack.endpoints.jaegerQuery}/api/traces?service=${service}&limit=1500&lookback=1h`,
    );
    const held = await response.text();
    expect([service, held.includes('traceID'), leaks(held)]).toEqual([service, true, []]);
  }
});

it('none is in Elasticsearch', async () => {
  const held = await documents(stack, 'logs-*,traces-*', { match_all: {} });
  const index = (start: string): number => held.filter((one) => one.index.includes(start)).length;
  expect([index('logs-') > 0, index('traces-') > 0]).toEqual([true, true]);
  expect(leaks(JSON.stringify(held))).toEqual([]);
});

it('none is in a label or an exemplar of Prometheus', async () => {
  const series = await prometheus<unknown[]>(stack, '/api/v1/series', { 'match[]': '{__name__=~".+"}' });
  expect(series.length).toBeGreaterThan(100);
  expect(leaks(JSON.stringify(series))).toEqual([]);
  expect(leaks(JSON.stringify(await exemplars(stack, '{__name__=~".+"}')))).toEqual([]);
});

it('none is in what the mesh writes', () => {
  expect(mesh.lines.length).toBeGreaterThan(5);
  expect(leaks(mesh.lines.join('\n'))).toEqual([]);
});

it('none is in what the programs write, nor in what they tell of themselves', async () => {
  for (const program of [stack.collector, stack.jaeger, stack.prometheus, stack.elasticsearch])
    expect([program.name, leaks(program.logs().join('\n'))]).toEqual([program.name, []]);
  expect(leaks(await (await fetch(`${stack.endpoints.collectorMetrics}/metrics`)).text())).toEqual([]);
});

it('what is no secret of the foreign application is kept', async () => {
  const [span] = await jaegerTrace(stack, foreignTrace.traceId);
  expect(span?.attributes).toMatchObject({ 'ryzanstein.model': 'kept' });
  expect(span?.events.map(({ name }) => name)).toContain('exception');
});
