import { llmService } from '@ryzanstein/contracts';
import { createRpcClient } from '@ryzanstein/rpc';
import { acquire, generation, release, tree } from '../declared-tree.ts';
import { asking, caller, failure, meshUnderTest, type MeshUnderTest } from '../mesh-under-test.ts';
import { begin, type OnItsWay } from '../on-its-way.ts';
import { stageOf, type Stage } from '../stage.ts';
import { takeWayOut, type WayOut } from '../way-out.ts';

const request = asking('Tell me a short story about a bear.', { maxTokens: 200, temperature: 0 });
const stepMs = 800;

let under: MeshUnderTest;
let stage: Stage;

beforeAll(async () => {
  // Prefill and decode begin late, so that a request is surely in them when something happens.
  under = await meshUnderTest({
    env: { RYZ_INJECT_DELAY: `prefill:${stepMs},decode:${stepMs}`, RYZ_SLOTS: '1', RYZ_LEASE_TTL_MS: '1500' },
  });
  stage = stageOf(under);
}, 60_000);

afterAll(async () => {
  stage.close();
  await under.stop();
});

const cancelled: Pick<WayOut, 'request' | 'then' | 'code' | 'says'> = {
  request,
  then: (onItsWay) => onItsWay.leave(),
  code: 'CANCELLED',
  says: /^The call was cancelled\.$/,
};

const late = (timeoutMs: number) => ({
  request,
  options: { timeoutMs },
  code: 'DEADLINE_EXCEEDED',
  says: /deadline/i,
});

const lostBeforeFirstToken =
  /^The lease on the device was lost before the first token\. Nothing was generated; send the request again in a moment\.$/;
const leaseLost = (says: RegExp) => ({
  request,
  then: () => stage.takeAway(),
  code: 'UNAVAILABLE',
  says,
  errorType: 'UNAVAILABLE',
});

const waysOut: readonly WayOut[] = [
  {
    way: 'nothing happens',
    at: 'decode',
    request,
    code: 'OK',
    says: /^$/,
    tree: tree('', acquire('', ''), generation('', '', { until: 'decode' }), release()),
  },
  {
    way: 'its caller cancels',
    at: 'lease queue',
    ...cancelled,
    tree: tree('', acquire('!', '', ''), release()),
  },
  {
    way: 'its caller cancels',
    at: 'engine queue',
    ...cancelled,
    tree: tree('', acquire('', ''), generation('!', '', { until: 'queue' }), release()),
    cut: 'queue',
    tokens: 0,
  },
  {
    way: 'its caller cancels',
    at: 'prefill',
    ...cancelled,
    tree: tree('', acquire('', ''), generation('!', '', { until: 'prefill' }), release()),
    cut: 'prefill',
    tokens: 0,
  },
  {
    way: 'its caller cancels',
    at: 'decode',
    ...cancelled,
    tree: tree('', acquire('', ''), generation('!', '', { until: 'decode' }), release()),
    cut: 'decode',
    tokens: 1,
  },
  {
    way: 'its caller cancels',
    at: 'text flows',
    ...cancelled,
    tree: tree('', acquire('', ''), generation('!', '', { until: 'decode' }), release()),
    cut: 'decode',
  },
  {
    way: 'its deadline passes',
    at: 'lease queue',
    ...late(500),
    tree: tree('!', acquire('!', '!', '!'), release()),
  },
  {
    way: 'its deadline passes',
    at: 'engine queue',
    ...late(500),
    tree: tree('!', acquire('', ''), generation('!', '!', { until: 'queue', mark: '!' }), release()),
    cut: 'queue',
    errorType: 'DEADLINE_EXCEEDED',
    tokens: 0,
  },
  {
    way: 'its deadline passes',
    at: 'prefill',
    ...late(stepMs - 100),
    tree: tree('!', acquire('', ''), generation('!', '!', { until: 'prefill', mark: '!' }), release()),
    cut: 'prefill',
    errorType: 'DEADLINE_EXCEEDED',
    tokens: 0,
  },
  {
    way: 'its deadline passes',
    at: 'decode',
    ...late(2 * stepMs - 100),
    tree: tree('!', acquire('', ''), generation('!', '!', { until: 'decode', mark: '!' }), release()),
    cut: 'decode',
    errorType: 'DEADLINE_EXCEEDED',
    tokens: 1,
  },
  {
    way: 'its lease is taken away',
    at: 'engine queue',
    ...leaseLost(lostBeforeFirstToken),
    tree: tree('!', acquire('', ''), generation('!', '!', { until: 'queue', mark: '!' }), release()),
    cut: 'queue',
    tokens: 0,
  },
  {
    way: 'its lease is taken away',
    at: 'prefill',
    ...leaseLost(lostBeforeFirstToken),
    tree: tree('!', acquire('', ''), generation('!', '!', { until: 'prefill', mark: '!' }), release()),
    cut: 'prefill',
    tokens: 0,
  },
  {
    way: 'its lease is taken away',
    at: 'decode',
    ...leaseLost(
      /^The lease on the device was lost after 1 token\. The text is incomplete; send the request again in a moment\.$/,
    ),
    tree: tree('!', acquire('', ''), generation('!', '!', { until: 'decode', mark: '!' }), release()),
    cut: 'decode',
    tokens: 1,
  },
];

describe('a way out', () => {
  it.each(waysOut)('in the $at: $way', async (wayOut) => {
    await takeWayOut(under, stage, wayOut);
  });

  it('of a prompt that is too long: refused by the engine, without a chat span', async () => {
    const from = caller();
    const metadata = { traceparent: from.traceparent };
    const error = await failure(under.client.Chat(asking('word '.repeat(3_000)), { metadata }));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toMatch(/context/);
    await stage.until((taken) => taken.leased === 0, 1_000);
    await under.trace(
      from,
      tree('', acquire('', ''), generation('!', ''), release()).replace('/ChatStream', '/Chat'),
    );
  });
});

describe('a reader that stops reading', () => {
  const calm = tree('', acquire('', ''), generation('', '', { until: 'decode' }), release());
  let client: MeshUnderTest['client'];

  beforeAll(() => {
    // Little of an answer fits on the way to this reader.
    const channelOptions = { 'grpc-node.flow_control_window': 1_024 };
    client = createRpcClient(llmService, under.mesh.addresses.api.grpc, { channelOptions });
  });

  afterAll(() => client.close());

  /** Reads one piece and stops; the engine and the device do not wait for what is left to be read. */
  async function stopped(): Promise<OnItsWay> {
    const onItsWay = begin(client, request);
    await onItsWay.first;
    onItsWay.stopReading();
    await stage.until(({ active, leased }) => active === 0 && leased === 0);
    return onItsWay;
  }

  it('and then goes on gets the whole text', async () => {
    const whole = await begin(under.client, request).ended;
    const onItsWay = await stopped();
    expect(onItsWay.pieces).toBeLessThan(5);
    onItsWay.goOnReading();
    expect(await onItsWay.ended).toEqual(whole);
    expect(whole.text.length).toBeGreaterThan(200);
    await under.trace(onItsWay.from, calm);
  });

  it('and then leaves is told that it did', async () => {
    const onItsWay = await stopped();
    onItsWay.leave();
    expect((await onItsWay.ended).code).toBe('CANCELLED');
    await under.trace(onItsWay.from, calm);
  });
});
