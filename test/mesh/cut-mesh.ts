import { llmService } from '@ryzanstein/contracts';
import { createRpcClient } from '@ryzanstein/rpc';
import { startTcpProxy, type TcpProxy } from '@ryzanstein/testing';
import { asking, meshUnderTest, type MeshUnderTest } from './mesh-under-test.ts';
import { until } from './stored-trace.ts';

const keepaliveMs = 800;
/** How soon a cut is noticed, with a moment to act on it. */
export const noticedWithinMs = keepaliveMs * 1.5 + 1_000;

/** A mesh between whose processes, and before which, the network can be broken. */
export interface CutMesh extends MeshUnderTest {
  readonly clientToApi: TcpProxy;
  readonly apiToCoordinator: TcpProxy;
  readonly apiToEngine: TcpProxy;
  readonly engineToCoordinator: TcpProxy;
  /** Mends all, and waits until each has found the others again. */
  heal(): Promise<void>;
}

/** Starts it; the engine's decodes and prefills begin late, so that a cut surely falls into them. */
export async function cutMesh(env: Readonly<Record<string, string>>): Promise<CutMesh> {
  const proxies = await Promise.all(Array.from({ length: 4 }, () => startTcpProxy()));
  const [clientToApi, apiToCoordinator, apiToEngine, engineToCoordinator] = proxies as [
    TcpProxy,
    TcpProxy,
    TcpProxy,
    TcpProxy,
  ];
  const under = await meshUnderTest({
    env: { RYZ_KEEPALIVE_MS: String(keepaliveMs), ...env },
    envOf: {
      'api-server': { RYZ_COORDINATOR_ADDRESS: apiToCoordinator.address },
      'inference-engine': {
        RYZ_COORDINATOR_ADDRESS: engineToCoordinator.address,
        RYZ_ADVERTISED_ADDRESS: apiToEngine.address,
      },
    },
    // Each says where it listens before the others look for it in earnest.
    logs(name, line) {
      const address = /"grpc":"([^"]+)"/.exec(line)?.[1];
      if (address === undefined || !line.includes(' listens')) return;
      if (name === 'api-server') clientToApi.connectTo(address);
      if (name === 'inference-engine') apiToEngine.connectTo(address);
      if (name !== 'gpu-coordinator') return;
      apiToCoordinator.connectTo(address);
      engineToCoordinator.connectTo(address);
    },
  });
  const client = createRpcClient(llmService, clientToApi.address, { keepaliveMs });
  const heal = async (): Promise<void> => {
    for (const proxy of proxies) proxy.heal();
    await until(
      async () => {
        const { messages = [] } = asking('Hi');
        const counted = client.CountTokens({ chat: { messages } }, { timeoutMs: 1_000 });
        const reached = await counted.then(
          () => true,
          () => false,
        );
        return reached && proxies.every(({ connections }) => connections > 0);
      },
      (reached) => reached,
      10_000,
    );
  };
  await heal();
  return {
    ...under,
    client,
    clientToApi,
    apiToCoordinator,
    apiToEngine,
    engineToCoordinator,
    heal,
    async stop() {
      client.close();
      await under.stop();
      await Promise.all(proxies.map((proxy) => proxy.stop()));
    },
  };
}
