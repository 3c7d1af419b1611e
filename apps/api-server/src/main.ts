import {
  createLogger,
  listenOn,
  readConfig,
  runProcess,
  systemClock,
  type Logger,
} from '@ryzanstein/runtime';
import { startTelemetry } from '@ryzanstein/tracing';
import { breakOff, fastifyTracing, httpMetrics } from '@ryzanstein/tracing/http';
import manifest from '../package.json' with { type: 'json' };
import { createApplication } from './application.ts';
import { openApiKeys } from './api-keys.ts';
import { configProblems, configTable, type Config } from './config.ts';
import { createHttpEdge, untracedPaths } from './http/http-edge.ts';
import { createGrpcServer, readinessService } from './server.ts';
import { observeRequests } from './telemetry.ts';
import { webChatRoutes } from './web-chat/web-chat.ts';

const service = 'ryzanstein-api';
let config: Config;
let logger: Logger | undefined;

await runProcess({
  name: 'api-server',
  // Asked for when the process is to stop, which is after its start.
  get graceMs() {
    return config.drainMs;
  },
  underLauncher: process.env['RYZ_UNDER_LAUNCHER'] === '1',
  logger: () => logger,
  async start() {
    config = readConfig(configTable, process.env, configProblems);

    // Telemetry reports to the logger whose records it enriches.
    const telemetry = startTelemetry({
      serviceName: service,
      serviceVersion: manifest.version,
      edge: true,
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

    const keys = openApiKeys({ file: config.apiKeysFile, clock: systemClock, logger: log });
    const application = createApplication({
      config,
      clock: systemClock,
      logger: log,
      observe: observeRequests(log, telemetry.metrics),
      connection: { interceptors: telemetry.clientInterceptors, keepaliveMs: config.keepaliveMs },
    });
    const server = createGrpcServer({
      config,
      logger: log,
      application,
      onCall: telemetry.serverCallHook,
      checkKey: keys.check,
    });
    const edge = createHttpEdge({
      config,
      clock: systemClock,
      logger: log,
      application,
      checkKey: keys.check,
      webChat: config.webChat
        ? { traceUrl: config.traceUrl, traceLink: config.traceLinkUrl ?? config.traceUrl }
        : undefined,
      tracing: fastifyTracing({
        untracedPaths: config.webChat ? [...untracedPaths, ...webChatRoutes] : untracedPaths,
        observer: httpMetrics(telemetry.metrics),
      }),
      onBrokenOff: breakOff,
    });

    const grpc = await listenOn(configTable.grpcAddress, config.grpcAddress, (address) =>
      server.listen(address),
    );
    const http = await listenOn(configTable.httpAddress, config.httpAddress, (address) =>
      edge.listen(address),
    );
    application.start((ready) => {
      server.setServing(readinessService, ready);
      edge.setReady(ready);
    });
    log.info({ grpc, http, coordinator: config.coordinatorAddress }, 'api-server listens');

    return {
      addresses: { grpc, http },
      async stop({ graceMs, force, drained }) {
        log.info({ in_flight: server.inFlight + edge.inFlight, grace_ms: graceMs }, 'api-server drains');
        const outcomes = await Promise.all([server.drain(graceMs, force), edge.drain(graceMs, force)]);
        const outcome = outcomes.includes('forced') ? 'forced' : 'drained';
        keys.stop();
        await application.stop();
        log.info({ outcome }, 'api-server stopped');
        drained();
        await telemetry.shutdown();
      },
    };
  },
});
