import type { Logger } from '@ryzanstein/runtime';
import Fastify from 'fastify';
import type { TraceStore } from '../store/trace-store.ts';
import { addJaegerV1, refuseV1 } from './jaeger-v1.ts';
import { addJaegerV3, refuse } from './jaeger-v3.ts';
import { listen, type Listener } from '../listener.ts';
import { addPage } from './page-files.ts';
import { ParameterError } from './parameters.ts';
import { addTraceboxApi, type OtlpAddresses } from './tracebox-api.ts';
import { addWhyApi } from './why-api.ts';

/** What the query API and the page need. */
export interface UiOptions {
  readonly address: string;
  readonly store: TraceStore;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Folder of the built page. */
  readonly pageFolder: string;
  readonly otlp: OtlpAddresses;
  readonly logger: Logger;
}

/** Serves the page and the query APIs. Throws the system's error when the address is taken. */
export async function listenUi(options: UiOptions): Promise<Listener> {
  const { store, nowMs, logger } = options;
  const app = Fastify({
    logger: false,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 1024 },
  });
  addJaegerV1(app, store, nowMs);
  addJaegerV3(app, store);
  addTraceboxApi(app, store, nowMs, options.otlp);
  addWhyApi(app, store);
  addPage(app, options.pageFolder);

  const fail = (url: string) => (/^\/api\/(services|operations|traces)/.test(url) ? refuseV1 : refuse);
  app.setNotFoundHandler((request, reply) =>
    refuse(reply, 404, `There is no ${request.method} at this path.`),
  );
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (error instanceof ParameterError) return fail(request.url)(reply, 400, error.message);
    const code = error.statusCode ?? 500;
    if (code >= 500) logger.error({ err: error }, 'a query failed');
    return fail(request.url)(reply, code, code >= 500 ? 'The trace store could not be read.' : error.message);
  });
  return listen(app, options.address);
}
