import { cutMesh, noticedWithinMs, type CutMesh } from '../cut-mesh.ts';
import { acquire, generation, release, tree } from '../declared-tree.ts';
import { asking } from '../mesh-under-test.ts';
import { stageOf, type Stage } from '../stage.ts';
import { takeWayOut, type WayOut } from '../way-out.ts';

const request = asking('Tell me a short story about a bear.', { maxTokens: 40, temperature: 0 });

let mesh: CutMesh;
let stage: Stage;

beforeAll(async () => {
  mesh = await cutMesh({
    RYZ_INJECT_DELAY: 'decode:3500',
    RYZ_SLOTS: '1',
    RYZ_LEASE_TTL_MS: '1500',
    RYZ_DEVICE_STALE_MS: '1500',
  });
  stage = stageOf(mesh);
}, 60_000);

beforeEach(() => mesh.heal(), 20_000);

afterAll(async () => {
  stage.close();
  await mesh.stop();
});

const goesOn: Pick<WayOut, 'at' | 'code' | 'says' | 'tree' | 'request'> = {
  request,
  at: 'decode',
  code: 'OK',
  says: /^$/,
  tree: tree('', acquire('', ''), generation('', '', { until: 'decode' }), release()),
};

/** The caller's own library says so. */
const callerCutOff = {
  at: 'decode',
  request,
  code: 'UNAVAILABLE',
  says: /./,
  status: 'CANCELLED',
  tree: tree('', acquire('', ''), generation('!', '', { until: 'decode' }), release()),
  cut: 'decode',
  tokens: 1,
  freeWithinMs: noticedWithinMs,
} as const;

const engineLost = {
  at: 'decode',
  request,
  code: 'UNAVAILABLE',
  says: /^The engine was lost after 1 token\. The text is incomplete; send the request again in a moment\.$/,
  tree: tree('!', acquire('', ''), generation('!', '', { until: 'decode' }), release()),
  cut: 'decode',
  tokens: 1,
  freeWithinMs: noticedWithinMs,
} as const;

const coordinatorAway = {
  at: 'lease queue',
  request,
  code: 'UNAVAILABLE',
  says: /^The coordinator of the devices cannot be reached\. Send the request again in a moment\.$/,
  tree: tree('!', acquire('!', '', '')),
  freeWithinMs: noticedWithinMs,
} as const;

// It is given back as often as it takes; none of these is answered while the network is cut.
const expired = new RegExp(
  `^${tree('!', acquire('', ''), generation('!', '!', { until: 'decode', mark: '!' }))}(?:\\n${release('!', 'absent').join('')})+$`,
);

const waysOut: readonly WayOut[] = [
  { way: 'client to api-server: black hole', then: () => mesh.clientToApi.blackhole(), ...callerCutOff },
  { way: 'client to api-server: reset', then: () => mesh.clientToApi.reset(), ...callerCutOff },
  {
    way: 'client to api-server: half-closed',
    then: () => mesh.clientToApi.halfClose('toTarget'),
    ...callerCutOff,
  },
  { way: 'api-server to engine: black hole', then: () => mesh.apiToEngine.blackhole(), ...engineLost },
  { way: 'api-server to engine: reset', then: () => mesh.apiToEngine.reset(), ...engineLost },
  {
    way: 'api-server to engine: half-closed',
    then: () => mesh.apiToEngine.halfClose('toClient'),
    ...engineLost,
  },
  {
    way: 'api-server to coordinator: black hole',
    then: () => mesh.apiToCoordinator.blackhole(),
    ...coordinatorAway,
  },
  { way: 'api-server to coordinator: reset', then: () => mesh.apiToCoordinator.reset(), ...coordinatorAway },
  {
    way: 'api-server to coordinator: black hole, and the lease runs out',
    at: 'decode',
    then: () => mesh.apiToCoordinator.blackhole(),
    request,
    code: 'UNAVAILABLE',
    says: /^The lease on the device was lost after 1 token\. The text is incomplete; send the request again in a moment\.$/,
    tree: expired,
    cut: 'decode',
    errorType: 'UNAVAILABLE',
    tokens: 1,
  },
  {
    way: 'engine to coordinator: black hole',
    at: 'decode',
    then: () => mesh.engineToCoordinator.blackhole(),
    request,
    code: 'UNAVAILABLE',
    says: /^The lease on the device was lost after 1 token\. The text is incomplete; send the request again in a moment\.$/,
    tree: tree('!', acquire('', ''), generation('!', '!', { until: 'decode', mark: '!' }), release()),
    cut: 'decode',
    errorType: 'UNAVAILABLE',
    tokens: 1,
  },
  {
    way: 'client to api-server: half-closed towards the client',
    then: () => mesh.clientToApi.halfClose('toClient'),
    ...callerCutOff,
  },
  {
    way: 'api-server to engine: half-closed towards the engine',
    then: () => mesh.apiToEngine.halfClose('toTarget'),
    ...engineLost,
  },
  {
    way: 'api-server to coordinator: half-closed',
    then: () => mesh.apiToCoordinator.halfClose('toClient'),
    ...coordinatorAway,
  },
  {
    way: 'engine to coordinator: half-closed',
    then: () => mesh.engineToCoordinator.halfClose('toTarget'),
    ...goesOn,
  },
  ...(['clientToApi', 'apiToCoordinator', 'apiToEngine', 'engineToCoordinator'] as const).map(
    (link): WayOut => ({
      way: `${link}: a fifth of a second slow`,
      then: () => mesh[link].delay(100),
      ...goesOn,
      freeWithinMs: 3_000,
    }),
  ),
  {
    way: 'coordinator: both ways to it reset',
    then: () => {
      mesh.apiToCoordinator.reset();
      mesh.engineToCoordinator.reset();
    },
    ...goesOn,
  },
  {
    way: 'everywhere: slow, and silent for a moment',
    then: async () => {
      const all = [mesh.clientToApi, mesh.apiToEngine, mesh.apiToCoordinator, mesh.engineToCoordinator];
      for (const proxy of all) proxy.delay(Infinity);
      // What is sent meanwhile arrives late, and nothing is lost.
      await expect(mesh.client.ListModels({}, { timeoutMs: 300 })).rejects.toMatchObject({
        code: 'DEADLINE_EXCEEDED',
      });
      for (const proxy of all) proxy.delay(20);
    },
    ...goesOn,
  },
];

describe('the network is cut', () => {
  it.each(waysOut)('$way, while a request is in the $at', async (wayOut) => {
    await takeWayOut(mesh, stage, wayOut);
  });
});
