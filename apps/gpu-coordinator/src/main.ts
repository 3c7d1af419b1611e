import { randomBytes } from 'node:crypto';
import {
  createLogger,
  listenOn,
  openTls,
  readConfig,
  runProcess,
  systemClock,
  tlsProblems,
  type Logger,
} from '@ryzanstein/runtime';
import { startTelemetry } from '@ryzanstein/tracing';
import manifest from '../package.json' with { type: 'json' };
import { configTable, type Config } from './config.ts';
import { LeaseControl } from './lease-control.ts';
import { observeLeases } from './metrics.ts';
import { coordinatorName, createGrpcServer } from './server.ts';
import { createLeaseTelemetry, withAbandonedAcquires } from './telemetry.ts';

const service = 'ryzanstein-gpu';
let config: Config;
let logger: Logger | undefined;

await runProcess({
  name: 'gpu-coordinator',
  // Asked for when the process is to stop, which is after its start.
  get graceMs() {
    return config.drainMs;
  },
  underLauncher: process.env['RYZ_UNDER_LAUNCHER'] === '1',
  logger: () => logger,
  async start() {
    config = readConfig(configTable, process.env, tlsProblems);

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

    const control = new LeaseControl({
      clock: systemClock,
      logger: log,
      telemetry: createLeaseTelemetry(telemetry.tracer, telemetry.metrics),
      instanceId: randomBytes(4).toString('hex'),
      ttlMs: config.leaseTtlMs,
      staleMs: config.deviceStaleMs,
      maxWaiting: config.maxWaiting,
      grantDelayMs: config.injectDelay.lease,
    });
    observeLeases(telemetry.metrics, control);
    const server = createGrpcServer({
      control,
      leaseTtlMs: config.leaseTtlMs,
      keepaliveMs: config.keepaliveMs,
      logger: log,
      onCall: withAbandonedAcquires(telemetry.serverCallHook),
      tls: tls.server,
    });

    const grpc = await listenOn(configTable.grpcAddress, config.grpcAddress, (address) =>
      server.listen(address),
    );
    server.setServing(coordinatorName, true);
    log.info({ grpc }, 'gpu-coordinator listens');

    return {
      addresses: { grpc },
      async stop({ graceMs, force, drained }) {
        log.info({ in_flight: server.inFlight, waiting: control.waiting }, 'gpu-coordinator drains');
        control.drain();
        const outcome = await server.drain(graceMs, force);
        control.close();
        log.info({ outcome }, 'gpu-coordinator stopped');
        tls.close();
        drained();
        await telemetry.shutdown();
      },
    };
  },
});
