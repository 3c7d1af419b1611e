import { gpuCoordinator } from '@ryzanstein/contracts';
import type { DeviceStateInit, LeaseEventInit } from '@ryzanstein/contracts/gpu';
import { createRpcServer, RpcError } from '@ryzanstein/rpc';
import { silentLogger } from '@ryzanstein/runtime';
import { cliRun } from './cli-run.ts';

const load = { active: 1, queued: 2, kvTokensUsed: '128', kvTokensLimit: '8192' };
const device = {
  deviceId: 'd0',
  kind: 'cpu',
  name: 'EPYC 7B13',
  model: 'tiny',
  slots: 8,
  capacity: 10,
  load,
};
const devices: DeviceStateInit[] = [
  { gpuId: 0, engineId: 'e1', engineAddress: '127.0.0.1:50053', device, live: true, leased: 3 },
  { gpuId: 12, engineId: 'e\u001b2', engineAddress: 'b:1', device: { ...device, load: null }, live: false },
];
const held: LeaseEventInit[] = [
  {
    kind: 'KIND_HELD',
    leaseId: 'l1',
    epoch: '7',
    gpuId: 0,
    clientId: 'team-a',
    holderId: 'api',
    requestId: 'r1',
  },
];
const later: LeaseEventInit[] = [
  { kind: 'KIND_WAITING', clientId: 'team-b', holderId: 'api', requestId: 'r2' },
  { ...held[0], kind: 'KIND_RELEASED', reason: 'done' },
  { kind: 'KIND_LEFT', clientId: 'team-b', holderId: 'api', requestId: 'r2', reason: 'cancelled' },
];

let leases: readonly LeaseEventInit[];
let address: string;
let close: () => Promise<void>;

beforeEach(async () => {
  leases = held;
  const unused = async () => {
    throw new RpcError('UNIMPLEMENTED', 'Not here.');
  };
  const server = createRpcServer({ logger: silentLogger });
  server.add(gpuCoordinator, {
    Acquire: unused,
    Release: unused,
    async *KeepAlive() {},
    async *ReportDevices() {},
    ListDevices: async () => ({ devices, waiting: 4 }),
    async *WatchLeases(_request, { signal }) {
      yield* leases;
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    },
  });
  address = await server.listen('127.0.0.1:0');
  close = () => server.close();
});

afterEach(() => close());

describe('ryz devices', () => {
  it('shows each device, and how many wait', async () => {
    const run = await cliRun(['devices'], { env: { RYZ_COORDINATOR_ADDRESS: address } });

    expect(run).toEqual({ code: 0, stderr: '', stdout: expect.any(String) });
    expect(`\n${run.stdout}`).toBe(`
gpu  engine  address          kind  name       model  slots  leased  active  queued  KV used/limit  state
  0  e1      127.0.0.1:50053  cpu   EPYC 7B13  tiny       8       3       1       2       128/8192  live
 12  e·2     b:1              cpu   EPYC 7B13  tiny       8       0       0       0              -  draining or gone
waiting: 4
`);
  });

  it('gives JSON', async () => {
    const { stdout } = await cliRun(['devices', '--json', '-c', address]);

    expect(JSON.parse(stdout)).toMatchObject({
      waiting: 4,
      devices: [
        { gpuId: 0, engineId: 'e1', slots: 8, leased: 3, kvTokensUsed: 128, kvTokensLimit: 8192, live: true },
        { gpuId: 12, live: false },
      ],
    });
  });

  it('goes on until Ctrl-C where it watches', async () => {
    const interrupt = new AbortController();
    let seen = 0;
    const run = await cliRun(['devices', '--watch', '--json', '-c', address], {
      interrupted: interrupt.signal,
      onStdout: () => {
        if ((seen += 1) === 2) interrupt.abort();
      },
    });

    expect(run).toMatchObject({ code: 130, stderr: 'Cancelled.\n' });
    expect(seen).toBe(2);
  });
});

describe('ryz leases', () => {
  it('shows those that are held, and ends', async () => {
    expect(await cliRun(['leases', '-c', address])).toEqual({
      code: 0,
      stderr: '',
      stdout: 'HELD     request=r1 client=team-a gpu=0 lease=l1\n',
    });
    leases = [];
    expect(await cliRun(['leases', '-c', address])).toEqual({
      code: 0,
      stderr: 'No lease is out.\n',
      stdout: '',
    });
  });

  it('shows every change until Ctrl-C', async () => {
    leases = [...held, ...later];
    const interrupt = new AbortController();
    const run = await cliRun(['leases', '--watch', '-c', address], {
      interrupted: interrupt.signal,
      onStdout: (text) => {
        if (text.startsWith('LEFT')) interrupt.abort();
      },
    });

    expect(run).toEqual({
      code: 130,
      stderr: 'Cancelled.\n',
      stdout: [
        'HELD     request=r1 client=team-a gpu=0 lease=l1',
        'WAITING  request=r2 client=team-b',
        'RELEASED request=r1 client=team-a gpu=0 lease=l1 reason=done',
        'LEFT     request=r2 client=team-b reason=cancelled',
        '',
      ].join('\n'),
    });
  });

  it('gives one JSON object per line', async () => {
    const { stdout } = await cliRun(['leases', '--json', '-c', address]);

    expect(JSON.parse(stdout)).toEqual({
      event: 'HELD',
      requestId: 'r1',
      clientId: 'team-a',
      holderId: 'api',
      leaseId: 'l1',
      epoch: '7',
      gpuId: 0,
      reason: '',
    });
  });
});

it.each(['devices', 'leases'])('ryz %s says what to do where no coordinator answers', async (command) => {
  const nobody = address;
  await close();
  close = async () => {};
  const run = await cliRun([command, '--coordinator', nobody]);

  expect(run.code).toBe(1);
  expect(run.stderr).toBe(
    `No coordinator answers at ${nobody}: start the mesh with \`npm start\`, or name another --coordinator (connect ECONNREFUSED ${nobody}).\n`,
  );
});
