import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createLogger, listenOn, openTls, runProcess, systemClock, type Logger } from '@ryzanstein/runtime';
import { startTelemetry } from '@ryzanstein/tracing';
import manifest from '../package.json' with { type: 'json' };
import { openBackend } from './backends/open-backend.ts';
import { linkToCoordinator } from './clients.ts';
import { configTable, readEngineConfig, type Config } from './config.ts';
import { createEngine } from './engine.ts';
import { createEngineService } from './engine-service.ts';
import { observeEmbeddings } from './embedding-telemetry.ts';
import { LinkedDevice } from './linked-device.ts';
import { measureEmbeddings, measureGenerations, observeLoad } from './metrics.ts';
import { createServer, serviceName } from './server.ts';
import { observeGenerations } from './telemetry.ts';

// The same from src/ and from dist/.
const bundledModel = fileURLToPath(new URL('../models/ryzanstein-tiny.gguf', import.meta.url));

const service = 'ryzanstein-inference';
const { env } = process;
let config: Config;
let logger: Logger | undefined;

await runProcess({
  name: 'inference-engine',
  // Asked for when the process is to stop, which is after its start.
  get graceMs() {
    return config.drainMs;
  },
  underLauncher: env['RYZ_UNDER_LAUNCHER'] === '1',
  // Each token of each sequence passes through here.
  youngHeapMiB: 32,
  logger: () => logger,
  async start(stopping) {
    config = readEngineConfig(env);
    // libuv reads this when its pool first works. Each decode step and each sampled token takes a
    // pool thread; with the default of four, slots would wait for each other and for file access.
    env['UV_THREADPOOL_SIZE'] ??= String(config.slots + 8);

    // Telemetry reports to the logger whose records it enriches.
    const telemetry = startTelemetry({
      serviceName: service,
      serviceVersion: manifest.version,
      logger: {
        info: (fields, message) => logger?.info(fields, message),
        warn: (fields, message) => logger?.warn(fields, message),
        error: (fields, message) => logger?.error(fields, message),
      },
    });
    const log = createLogger({
      service,
      level: config.logLevel,
      fields: telemetry.logFields,
      onRecord: telemetry.onLogRecord,
    });
    logger = log;
    const tls = openTls(config, { clock: systemClock, logger: log });

    const backend = await openBackend(config, { bundledModel, logger: log, stopping });
    observeLoad(telemetry.metrics, backend);
    const device = new LinkedDevice(backend, config.requireLease);
    const server = createServer(
      createEngineService({
        engine: createEngine(backend),
        observer: observeGenerations(
          telemetry.tracer,
          systemClock,
          backend,
          measureGenerations(telemetry.metrics, backend),
        ),
        embeddings: observeEmbeddings(
          telemetry.tracer,
          systemClock,
          backend,
          measureEmbeddings(telemetry.metrics, backend),
        ),
        device,
      }),
      { logger: log, onCall: telemetry.serverCallHook, keepaliveMs: config.keepaliveMs, tls: tls.server },
    );
    stopping.throwIfAborted();
    const address = await listenOn(configTable.grpcAddress, config.grpcAddress, (address) =>
      server.listen(address),
    );
    const tellLive = (): void => server.setServing(serviceName, backend.live);
    tellLive();
    log.info({ grpc: address, coordinator: config.coordinatorAddress }, 'inference-engine listens');

    const link = linkToCoordinator({
      address: config.coordinatorAddress,
      engineId: randomUUID(),
      engineAddress: config.advertisedAddress ?? address,
      device: device.description,
      engine: device,
      interceptors: telemetry.clientInterceptors,
      keepaliveMs: config.keepaliveMs,
      tls: tls.client,
      clock: systemClock,
      logger: log,
    });
    device.onChange = () => {
      tellLive();
      link.changed();
    };

    return {
      addresses: { grpc: address },
      async stop({ graceMs, force, drained }) {
        log.info({ in_flight: server.inFlight, grace_ms: graceMs }, 'inference-engine drains');
        device.drain();
        const outcome = await server.drain(graceMs, force);
        await link.close();
        await backend.close(new Error('the engine is closed'));
        log.info({ outcome }, 'inference-engine stopped');
        tls.close();
        drained();
        await telemetry.shutdown();
      },
    };
  },
});
