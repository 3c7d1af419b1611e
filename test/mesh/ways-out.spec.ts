import { acquire, generation, release, tree } from './declared-tree.ts';
import { asking, failure, meshUnderTest, type MeshUnderTest } from './mesh-under-test.ts';
import { stageOf, type Stage } from './stage.ts';
import { takeWayOut, type WayOut } from './way-out.ts';

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
    ...late(500),
    tree: tree('!', acquire('', ''), generation('!', '!', { until: 'prefill', mark: '!' }), release()),
    cut: 'prefill',
    errorType: 'DEADLINE_EXCEEDED',
    tokens: 0,
  },
  {
    way: 'its deadline passes',
    at: 'decode',
    ...late(1_200),
    tree: tree('!', acquire('', ''), generation('!', '!', { until: 'decode', mark: '!' }), release()),
    cut: 'decode',
    errorType: 'DEADLINE_EXCEEDED',
    tokens: 1,
  },
  {
    way: 'its lease is taken away',
    at: 'decode',
    request,
    then: () => stage.takeAway(),
    code: 'UNAVAILABLE',
    says: /^The lease on the device was lost after 1 token\. The text is incomplete; send the request again in a moment\.$/,
    tree: tree('!', acquire('', ''), generation('!', '', { until: 'decode' }), release()),
    cut: 'decode',
    tokens: 1,
  },
];

describe('a way out', () => {
  it.each(waysOut)('in the $at: $way', async (wayOut) => {
    await takeWayOut(under, stage, wayOut);
  });
});
