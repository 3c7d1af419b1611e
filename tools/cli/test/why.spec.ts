import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Span } from '@ryzanstein/trace-analysis';
import { otlpJson, requestSpans, type TestRequest } from '@ryzanstein/trace-analysis/testing';
import { cliRun } from './cli-run.ts';

const traceId = (index: number): string => `${index}`.repeat(32).slice(0, 32);
const wait = {
  ms: 340,
  attributes: {
    'ryzanstein.lease.behind': ['req-7', 'req-8'],
    'ryzanstein.lease.released_by': 'req-8',
    'ryzanstein.lease.queue_position': 1,
  },
};
const slow: TestRequest = {
  traceId: traceId(1),
  requestId: 'req-1',
  wait,
  release: { 'ryzanstein.lease.blocked_ms': 21, 'ryzanstein.lease.blocked_requests': ['req-2'] },
};
const usual = [2, 3, 4].map((index) => ({ traceId: traceId(index), requestId: `req-${index}` }));

let server: Server;
let env: Record<string, string>;
let searches: URLSearchParams[];

beforeEach(async () => {
  searches = [];
  const stored = [slow, ...usual].map((request) => requestSpans(request));
  const lost = requestSpans({ traceId: traceId(5), requestId: 'req-5', wait });
  const withGap = lost.filter(({ kind, name }) => kind !== 'client' || !name.endsWith('/Generate'));
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://store');
    const one = [...stored, withGap].find(([span]) => url.pathname === `/api/v3/traces/${span?.traceId}`);
    const isSearch = url.pathname === '/api/v3/traces';
    if (isSearch) searches.push(url.searchParams);
    // As Jaeger, which answers a search that finds nothing with 404.
    const operation = url.searchParams.get('query.operation_name') ?? '';
    const found = operation.endsWith('/Nothing')
      ? []
      : operation.endsWith('/One')
        ? stored.slice(0, 1)
        : stored;
    const spans: readonly Span[] | undefined = isSearch ? (found.length > 0 ? found.flat() : undefined) : one;
    const services = url.pathname === '/api/v3/services' ? { services: ['ryzanstein-api'] } : undefined;
    const body = services ?? (spans && { result: otlpJson(spans) });
    response.writeHead(body === undefined ? 404 : 200, {
      'content-type': 'application/json',
      connection: 'close',
    });
    response.end(JSON.stringify(body ?? {}));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  env = { RYZ_TRACE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
});

afterEach(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

describe('ryz why', () => {
  it('says where the time went, whom it waited behind and what is usual', async () => {
    const { code, stdout, stderr } = await cliRun(['why', traceId(1)], { env });
    expect([code, stderr]).toEqual([0, '']);
    expect(`\n${stdout.replace(env.RYZ_TRACE_URL ?? '', 'STORE')}`).toMatchInlineSnapshot(`
     "
     368 ms: 92 % waited for a device behind req-8, 6 % decode of 10 tokens at 2.00 ms, 1 % prefill of 14
     tokens, 1 % mesh
     It waited for a device that others held: 340 ms of 368 ms (waited for a device behind req-8),
     usually none.
     request req-1 · LlmService/ChatStream · tiny

     part                                     %        time       usual
     wait                                    92      340 ms        0 µs  waited for a device behind req-8
       · 1 ahead of it in the queue
       · held by req-8, req-7
       · let in by the end of req-8
     decode                                   6     20.0 ms     20.0 ms  decode of 10 tokens at 2.00 ms
       · 10 steps of 2.00 ms (median)
     prefill                                  1     4.00 ms     4.00 ms  prefill of 14 tokens
       · 14 tokens of prompt, 0 of them cached
       · read in 1 chunk
     network api-server–gpu-coordinator       0     1.00 ms     1.00 ms  network between api-server and …
       · Acquire took the caller 1.00 ms longer than the called
     network api-server–inference-engine      0     1.00 ms     1.00 ms  network between api-server and …
       · Generate took the caller 1.00 ms longer than the called
     coordinator                              0      500 µs      500 µs  the gpu-coordinator
       · 500 µs of Acquire, no wait for a device
     queue                                    0      100 µs      100 µs  queue in the engine
     mesh                                     1     1.70 ms     1.70 ms  mesh

     1 waited behind it for 21.0 ms: req-2.
     Usual is the median of 3 other requests of this operation, 28.3 ms in all.
     STORE/trace/11111111111111111111111111111111
     "
    `);
  });

  it('asks for the newest of the same operation, in every spelling, and leaves itself out', async () => {
    await cliRun(['why', traceId(1)], { env });
    expect(searches).toHaveLength(1);
    expect(Object.fromEntries(searches[0] ?? [])).toMatchObject({
      'query.serviceName': 'ryzanstein-api',
      'query.operationName': 'ryzanstein.api.v1.LlmService/ChatStream',
      'query.operation_name': 'ryzanstein.api.v1.LlmService/ChatStream',
      'query.searchDepth': '51',
    });
  });

  it('compares with none where it is told so, and prints JSON', async () => {
    const { stdout } = await cliRun(['why', '--no-compare', '--json', traceId(1)], { env });
    expect(searches).toEqual([]);
    const json = JSON.parse(stdout);
    expect(json).toMatchObject({
      traceId: traceId(1),
      url: `${env.RYZ_TRACE_URL}/trace/${traceId(1)}`,
      requestId: 'req-1',
      cause: 'held_by_another',
      behind: [{ requestId: 'req-8', released: true }, { requestId: 'req-7' }],
      blocked: { count: 1, ms: 21, requests: ['req-2'] },
    });
    expect(json).not.toHaveProperty('comparedWith');
  });

  it('says that there is no such request', async () => {
    const { code, stderr } = await cliRun(['why', '--wait', '0s', 'nobody'], { env });
    expect(code).toBe(1);
    expect(stderr).toContain('has no trace and no request nobody');
  });
});

describe('ryz slow', () => {
  it('lists the slowest first, each with its reason', async () => {
    const { code, stdout, stderr } = await cliRun(['slow', '--count', '2'], { env });
    expect([code, stderr]).toEqual([0, '']);
    expect(`\n${stdout}`).toMatchInlineSnapshot(`
     "
         time  request  trace
       368 ms  req-1    11111111111111111111111111111111
               It waited for a device that others held: 340 ms of 368 ms (waited for a device behind req…
      28.3 ms  req-2    22222222222222222222222222222222
               It took no longer than usual, which is 28.3 ms; the most of it: decode of 10 tokens at 2.…
     Of 4 requests. \`ryz why <request>\` tells more.
     "
    `);
  });

  it('compares one that is alone with none', async () => {
    const { stdout } = await cliRun(['slow', '--operation', 'LlmService/One'], { env });
    expect(stdout).toContain('It waited for a device that others held');
    expect(stdout).toContain('Of 1 request.');
  });

  it('says that there is none of an operation', async () => {
    const run = await cliRun(['slow', '--operation', 'LlmService/Nothing'], { env });
    expect(run).toEqual({
      code: 0,
      stdout: 'No request of that time and operation is stored.\n',
      stderr: '',
    });
  });

  it('asks for one operation by its short name, and prints JSON', async () => {
    const { stdout } = await cliRun(['slow', '--operation', 'LlmService/ChatStream', '--json'], { env });
    expect(searches[0]?.get('query.operation_name')).toBe('ryzanstein.api.v1.LlmService/ChatStream');
    const json = JSON.parse(stdout);
    expect(json.lookedAt).toBe(4);
    expect(json.requests[0]).toMatchObject({ requestId: 'req-1', cause: 'held_by_another' });
  });
});

describe('ryz trace --verify', () => {
  it('counts the checks of a consistent trace', async () => {
    const { code, stdout, stderr } = await cliRun(['trace', '--verify', traceId(2)], { env });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^consistent: \d\d+ checks\n$/);
  });

  it('ends with 1 and names what is wrong', async () => {
    const { code, stdout, stderr } = await cliRun(['trace', '--wait', '0s', '--verify', traceId(5)], { env });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^no_orphan: .* hangs on c5, which is not in the trace \(span s6\)$/m);
    expect(stderr).toMatch(/^\d+ of \d+ checks failed in trace 5{32}\.\n$/);
  });
});
