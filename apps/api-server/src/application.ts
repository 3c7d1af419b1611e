import { randomUUID } from 'node:crypto';
import type { Clock, Logger } from '@ryzanstein/runtime';
import { createCoordinatorClient, type ConnectionOptions } from './clients.ts';
import type { Config } from './config.ts';
import { createDeviceView } from './device-view.ts';
import { createConcurrencyLimit } from './domain/concurrency-limit.ts';
import { createEmbeddings, type Embeddings } from './embedding.ts';
import { createEngineClients } from './engine-clients.ts';
import { createGeneration, type Generation } from './generation.ts';
import { createLeaseDesk } from './lease-desk.ts';
import { createLeaseRenewal } from './lease-renewal.ts';
import { createModelQueries, type ModelQueries } from './model-queries.ts';
import type { ObserveRequest } from './ports.ts';

export interface ApplicationOptions {
  readonly config: Pick<Config, 'coordinatorAddress' | 'maxConcurrent'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly observe: ObserveRequest;
  /** How the coordinator and the engines are reached. */
  readonly connection: ConnectionOptions;
}

/** All of the api-server but its edges: what gRPC and HTTP handlers call. */
export interface Application {
  readonly generation: Generation;
  readonly embeddings: Embeddings;
  readonly models: ModelQueries;
  /** Begins to watch the devices. `onReadiness` hears whether a live one is registered, at each change. */
  start(onReadiness: (ready: boolean) => void): void;
  /** Waits until all leases are given back (2 s at most), then leaves coordinator and engines. */
  stop(): Promise<void>;
}

export function createApplication(options: ApplicationOptions): Application {
  const { config, clock, logger, observe, connection } = options;
  const holderId = `api-${randomUUID()}`;
  let tellReadiness: (ready: boolean) => void = () => undefined;

  const coordinator = createCoordinatorClient({
    ...connection,
    address: config.coordinatorAddress,
    holderId,
    clock,
  });
  const engines = createEngineClients(connection);
  const view = createDeviceView({
    coordinator,
    clock,
    logger,
    onReadiness: (ready) => tellReadiness(ready),
    onCatalog: ({ devices }) => engines.keepOnly(new Set(devices.map(({ engineAddress }) => engineAddress))),
  });
  const renewal = createLeaseRenewal({ coordinator, clock, logger });
  const desk = createLeaseDesk({ coordinator, renewal, holderId, logger });
  const limit = createConcurrencyLimit(config.maxConcurrent);

  return {
    generation: createGeneration({ clock, limit, view, desk, engines, observe }),
    embeddings: createEmbeddings({ clock, limit, view, desk, engines, observe }),
    models: createModelQueries({ clock, limit, view, engines }),
    start(onReadiness) {
      tellReadiness = onReadiness;
      view.start();
      renewal.start();
    },
    async stop() {
      view.stop();
      await desk.settled();
      renewal.close();
      coordinator.close();
      engines.close();
    },
  };
}
