import { newTurn } from '../../apps/api-server/src/web-chat/page/conversation.ts';
import { drawnTrace, readStored, type Stored } from '../../apps/api-server/src/web-chat/page/drawn-trace.ts';
import { chatTree } from '../mesh/chat-tree.ts';
import { caller, type Caller } from '../mesh/mesh-under-test.ts';
import { until } from '../mesh/stored-trace.ts';
import { recoversWithinMs } from './arrivals.ts';
import { meshOnStack, type MeshOnStack } from './mesh-on-stack.ts';
import { sharedStack } from './shared-stack.ts';

const stack = sharedStack();
const tree = chatTree('ChatStream').replace(
  'ryzanstein.api.v1.LlmService/ChatStream SERVER',
  'POST /v1/chat/completions SERVER',
);

let mesh: MeshOnStack;
let edge: string;

beforeAll(async () => {
  mesh = await meshOnStack(stack, { RYZ_WEB_CHAT: '1' });
  edge = `http://${mesh.mesh.addresses.api.http}`;
});

afterAll(() => mesh.stop());

/** Asks as the page does; gives the trace that the page then follows. */
async function asked(): Promise<Caller> {
  const from = caller();
  const response = await fetch(`${edge}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: from.traceparent },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'What is a span?' }], stream: true }),
  });
  expect(await response.text()).toMatch(/\[DONE\]\s*$/);
  return from;
}

/** What the page gets when it asks for a trace: the spans, or status and sentence. */
async function followed({ traceId }: Caller): Promise<Stored | readonly [status: number, sentence: string]> {
  const response = await fetch(`${edge}/chat/trace/${traceId}`);
  const answer: unknown = await response.json();
  if (response.ok) return readStored(answer, traceId);
  return [response.status, (answer as { error: { message: string } }).error.message];
}

/** Until the page has the whole trace. */
function arrived(from: Caller): Promise<unknown> {
  return until(
    () => followed(from),
    (found) => 'spans' in found && found.whole && found.spans.length === tree.split('\n').length,
    recoversWithinMs,
  );
}

it('draws of a trace in Jaeger what the spans say and nothing else, and leads there', async () => {
  const from = await asked();
  const spans = await mesh.trace(from, tree);
  const found = await followed(from);
  if (!('spans' in found)) throw new Error(String(found));
  expect(found.whole).toBe(true);
  const turn = newTurn({ ...from, model: '', prompt: '' }, 0);
  const drawn = drawnTrace(turn, found, true, 0).spans;
  expect(drawn.map(({ spanId }) => spanId).sort()).toEqual(spans.map(({ spanId }) => spanId).sort());
  const keys = drawn.flatMap(({ attributes = [] }) => attributes.map(({ key }) => key));
  expect(keys.filter((key) => !/^[a-z0-9_.]+$/.test(key))).toEqual([]);

  const page = await (await fetch(`${edge}/chat`)).text();
  const link = /name="trace-link" content="([^"]+)"/.exec(page)?.[1] ?? '';
  const there = await fetch(`${link}/trace/${from.traceId}`);
  expect([link, there.status, there.headers.get('content-type')]).toEqual([
    stack.endpoints.jaegerQuery,
    200,
    expect.stringContaining('text/html'),
  ]);
});

it('says that Jaeger stands still, answers meanwhile, and has the trace afterwards', async () => {
  let from: Caller;
  stack.jaeger.pause();
  try {
    from = await asked();
    expect(await followed(from)).toEqual([
      502,
      'The trace store did not answer within 3000 ms. Is it overloaded?',
    ]);
  } finally {
    stack.jaeger.resume();
  }
  await arrived(from);
});

it('says that Jaeger is away, answers meanwhile, and has the trace afterwards', async () => {
  await stack.jaeger.stop();
  let from: Caller;
  try {
    from = await asked();
    expect(await followed(from)).toEqual([
      502,
      'The trace store cannot be reached. Is it up, and is RYZ_TRACE_URL its address?',
    ]);
  } finally {
    await stack.jaeger.start();
  }
  await arrived(from);
});
