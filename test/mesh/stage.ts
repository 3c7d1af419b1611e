import { gpuCoordinator, inferenceEngine } from '@ryzanstein/contracts';
import { createRpcClient } from '@ryzanstein/rpc';
import type { MeshUnderTest } from './mesh-under-test.ts';
import { until } from './stored-trace.ts';

/** What is taken in a mesh, by the word of its coordinator and of its engine. */
export interface Taken {
  readonly leased: number;
  readonly waiting: number;
  readonly active: number;
  readonly queued: number;
  /** Tokens of context that sequences hold. */
  readonly context: number;
}

/** Nothing is. */
export const nothing: Taken = { leased: 0, waiting: 0, active: 0, queued: 0, context: 0 };

/** Sees into a mesh, and keeps places in it taken. Its calls go past whatever the mesh's own go through. */
export interface Stage {
  taken(): Promise<Taken>;
  /** Polls until it holds of what is taken. */
  until(holds: (taken: Taken) => boolean, limitMs?: number): Promise<Taken>;
  /** Takes a lease of so many slots that nobody uses. Returns what gives it back. */
  lease(slots: number): Promise<() => Promise<void>>;
  /** Takes a lease and lets a long sequence run on it. Returns what ends both. */
  occupySlot(): Promise<() => Promise<void>>;
  /** Ends another's lease, as an operator might. */
  takeAway(): Promise<void>;
  close(): void;
}

/** Looks at a mesh with one engine. */
export function stageOf({ mesh }: MeshUnderTest): Stage {
  const coordinator = createRpcClient(gpuCoordinator, mesh.addresses.gpu.grpc, { defaultTimeoutMs: 2_000 });
  const engine = createRpcClient(inferenceEngine, mesh.addresses.inference.grpc);
  let asked = 0;

  async function taken(): Promise<Taken> {
    const [{ devices, waiting }, { active, queued, kvTokensUsed }] = await Promise.all([
      coordinator.ListDevices({}),
      engine.GetLoad({}, { timeoutMs: 2_000 }),
    ]);
    const leased = devices.reduce((sum, device) => sum + device.leased, 0);
    return { leased, waiting, active, queued, context: Number(kvTokensUsed) };
  }

  async function acquire(slots: number) {
    asked += 1;
    const lease = await coordinator.Acquire({
      holderId: 'the test',
      clientId: 'the test',
      idempotencyKey: `the test/${asked}`,
      model: 'ryzanstein-tiny',
      slots,
      ttlMs: 60_000,
    });
    const giveBack = async (): Promise<void> => {
      await coordinator.Release({ leaseId: lease.leaseId, holderId: 'the test', outcome: 'done' });
    };
    return { lease, giveBack };
  }

  const stage: Stage = {
    taken,
    until: (holds, limitMs = 5_000) => until(taken, holds, limitMs),
    lease: async (slots) => (await acquire(slots)).giveBack,
    async occupySlot() {
      const { lease, giveBack } = await acquire(1);
      const stream = engine.Generate({
        text: 'Once upon a time',
        leaseId: lease.leaseId,
        leaseEpoch: lease.epoch,
        stopping: { maxTokens: 500, ignoreEos: true },
      });
      await stream.next();
      return async () => {
        stream.cancel();
        await giveBack();
      };
    },
    async takeAway() {
      const watch = coordinator.WatchLeases({}, { timeoutMs: 2_000 });
      for await (const { leaseId, holderId } of watch) {
        if (holderId === 'the test') continue;
        await coordinator.Release({ leaseId, holderId, outcome: 'failed' });
        break;
      }
    },
    close() {
      coordinator.close();
      engine.close();
    },
  };
  return stage;
}
