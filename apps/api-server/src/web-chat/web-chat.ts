import { RpcError } from '@ryzanstein/rpc';
import type { Clock } from '@ryzanstein/runtime';
import type { FastifyInstance } from 'fastify';
import { createConcurrencyLimit } from '../domain/concurrency-limit.ts';
import { httpError, openAiError, type OpenAiError } from '../http/openai-error.ts';
import { addPage, builtPage, pageRoutes } from './page-files.ts';
import { traceReader } from './stored-trace.ts';

const traceRoute = '/chat/trace/:traceId';

/** What the page is made of and asks for while it follows a request: these make no spans. */
export const webChatRoutes: readonly string[] = [...pageRoutes, traceRoute];

/** Pages ask twice a second; one answer is bounded, and so is their number. */
const tracesAtOnce = 16;

export interface WebChatOptions {
  /** Where the traces are, as this process reaches it: Jaeger or tracebox. */
  readonly traceUrl: string;
  /** The same as a browser reaches it. */
  readonly traceLink: string;
  /** The built page; default `dist/page` of this project. */
  readonly pageFolder?: string;
  readonly answerWithinMs?: number;
  readonly maxTraceBytes?: number;
}

export interface WebChatDeps extends WebChatOptions {
  readonly clock: Pick<Clock, 'after'>;
}

/** `/chat`, a page to talk to the models and to watch each request's trace grow, and what it needs. */
export function addWebChat(app: FastifyInstance, deps: WebChatDeps): void {
  addPage(app, deps.pageFolder ?? builtPage(), deps.traceLink);
  const limit = createConcurrencyLimit(tracesAtOnce);
  const readTrace = traceReader({
    url: deps.traceUrl,
    clock: deps.clock,
    ...(deps.answerWithinMs === undefined ? {} : { answerWithinMs: deps.answerWithinMs }),
    ...(deps.maxTraceBytes === undefined ? {} : { maxBytes: deps.maxTraceBytes }),
  });

  app.get<{ Params: { readonly traceId: string } }>(traceRoute, async (request, reply) => {
    const { traceId } = request.params;
    const refuse = ({ status, headers, body }: OpenAiError) => reply.code(status).headers(headers).send(body);
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    if (!/^[0-9a-f]{32}$/.test(traceId))
      return refuse(httpError(400, 'bad_trace_id', 'A trace id is 32 digits of 0-9 and a-f.'));
    const leave = limit.tryEnter();
    if (leave === undefined) return refuse(openAiError(tooMany()));
    const gone = new AbortController();
    reply.raw.once('close', () => gone.abort());
    try {
      const trace = await readTrace(traceId, gone.signal);
      if (trace.kind === 'found') return await reply.type('application/json').send(trace.json);
      return trace.kind === 'absent'
        ? refuse(httpError(404, 'trace_not_stored', 'No span of this trace is stored yet.'))
        : refuse(httpError(502, 'trace_store_failed', trace.sentence));
    } finally {
      leave();
    }
  });
}

function tooMany(): RpcError {
  const sentence = `${tracesAtOnce} traces are being read; ask again in a second.`;
  return new RpcError('RESOURCE_EXHAUSTED', sentence, { retryAfterMs: 1_000 });
}
