import { randomUUID } from 'node:crypto';
import { llmService, reflectedPackage } from '@ryzanstein/contracts';
import { createRpcServer, type RpcServer, type ServerCallHook } from '@ryzanstein/rpc';
import type { Logger } from '@ryzanstein/runtime';
import { TraceContext } from '@ryzanstein/tracing';
import type { Application } from './application.ts';
import type { CheckKey } from './api-keys.ts';
import { createCallEndings } from './call-endings.ts';
import type { Config } from './config.ts';
import { createLlmService } from './llm-service.ts';

/** Its health tells readiness: that a live device is registered. The health of '' tells that the process lives. */
export const readinessService = 'ryzanstein.api.v1.LlmService';

export interface GrpcServerOptions {
  readonly config: Pick<Config, 'defaultDeadlineMs' | 'maxDeadlineMs' | 'keepaliveMs'>;
  readonly logger: Logger;
  readonly application: Pick<Application, 'generation' | 'embeddings' | 'models'>;
  /** Goes round every call: its trace and request id. */
  readonly onCall?: ServerCallHook;
  /** Asked for a key for every call, but those of health and reflection; absent: anyone may call. */
  readonly checkKey?: CheckKey | undefined;
}

/** The public gRPC API, not yet listening. */
export function createGrpcServer(options: GrpcServerOptions): RpcServer {
  const { config, logger, application, onCall, checkKey } = options;
  const endings = createCallEndings(onCall);
  const service = createLlmService({
    ...application,
    endings,
    requestId: () => TraceContext.current().requestId ?? randomUUID(),
  });
  return createRpcServer({
    logger,
    onCall: endings.hook,
    defaultDeadlineMs: config.defaultDeadlineMs,
    maxDeadlineMs: config.maxDeadlineMs,
    keepaliveMs: config.keepaliveMs,
    reflection: reflectedPackage,
    ...(checkKey === undefined
      ? {}
      : { authenticate: (metadata) => checkKey(metadata.get('authorization')) }),
  }).add(llmService, service);
}
