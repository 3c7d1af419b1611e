import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chatSpans, otlpJson } from '@ryzanstein/trace-analysis/testing';
import { cliRun } from './cli-run.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const logs = [
  {
    timeUnixNano: '1700000000100000000',
    spanId: 'c2',
    severityText: 'INFO',
    body: { stringValue: 'began' },
    service: 'ryzanstein-inference',
  },
];

let server: Server;
let env: Record<string, string>;
let answers: Record<string, unknown>;

beforeEach(async () => {
  answers = {
    '/api/v3/services': { services: ['ryzanstein-api'] },
    [`/api/v3/traces/${traceId}`]: { result: otlpJson(chatSpans()) },
    [`/api/tracebox/traces/${traceId}`]: { logs },
  };
  server = createServer((request, response) => {
    const found = answers[(request.url ?? '').split('?')[0] ?? ''];
    response.writeHead(found === undefined ? 404 : 200, {
      'content-type': 'application/json',
      connection: 'close',
    });
    response.end(JSON.stringify(found ?? {}));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  env = { RYZ_TRACE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
});

afterEach(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
});

describe('ryz trace', () => {
  it('draws the trace and gives its link', async () => {
    const { code, stdout, stderr } = await cliRun(['trace', traceId], { env });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')[0]).toBe(`trace ${traceId}`);
    expect(stdout).toContain('└─ decode');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(`${env.RYZ_TRACE_URL}/trace/${traceId}`);
  });

  it('shows logs where the store keeps them, and says so where it does not', async () => {
    expect((await cliRun(['trace', '--logs', traceId], { env })).stdout).toContain(
      '¶ 100 ms info began (ryzanstein-inference)',
    );
    delete answers[`/api/tracebox/traces/${traceId}`];
    const { code, stderr } = await cliRun(['trace', '--logs', traceId], { env });
    expect([code, stderr]).toEqual([0, `${env.RYZ_TRACE_URL} keeps no logs; tracebox does.\n`]);
  });

  it.each([
    ['trace', `trace ${traceId}`],
    ['trace --verify', ''],
    ['why', `/trace/${traceId}`],
  ])('takes a request id for `ryz %s`, and names older traces of it', async (command, shown) => {
    const spans = [traceId, 'a'.repeat(32)].map((id, index) => ({
      traceID: id,
      startTime: 9 - index,
      tags: [{ key: 'request.id', value: 'req-1' }],
    }));
    answers['/api/traces'] = { data: [{ spans }] };
    answers['/api/v3/traces'] = { result: otlpJson([]) };
    const { stdout, stderr } = await cliRun([...command.split(' '), 'req-1'], { env });
    expect(stderr).toMatch(`The same request id stands in older traces: ${'a'.repeat(32)}.\n`);
    expect(stdout).toContain(shown);
  });

  it('prints JSON for machines: the spans as a tree', async () => {
    const { code, stdout } = await cliRun(['trace', '--json', '--logs', traceId], { env });
    expect(code).toBe(0);
    const json = JSON.parse(stdout);
    expect({ ...json, roots: undefined }).toEqual({
      traceId,
      url: `${env.RYZ_TRACE_URL}/trace/${traceId}`,
      startTime: '2023-11-14T22:13:20.000Z',
      durationMs: 403,
      spanCount: 12,
      services: ['ryzanstein-api', 'ryzanstein-gpu', 'ryzanstein-inference'],
      complete: true,
      logs: [{ atMs: 100, spanId: 'c2', service: 'ryzanstein-inference', level: 'info', message: 'began' }],
    });
    expect(json.roots[0].children[1].children[0].children[0]).toMatchObject({
      name: 'chat tiny',
      service: 'ryzanstein-inference',
      startMs: 67,
      durationMs: 326,
      attributes: { 'ryzanstein.tokens.output': 64 },
      events: [{ name: 'first_token', atMs: 120, attributes: {} }],
      children: [{ name: 'queue' }, { name: 'prefill' }, { name: 'decode' }],
    });
  });

  it('says that there is no such trace, or no store', async () => {
    const missing = await cliRun(['trace', '--wait', '0s', 'nobody'], { env });
    expect([missing.code, missing.stdout]).toEqual([1, '']);
    expect(missing.stderr).toContain('has no trace and no request nobody');
    const port = (server.address() as AddressInfo).port;
    server.close();
    await once(server, 'close');
    const gone = await cliRun(['trace', traceId], { env });
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    expect([gone.code, gone.stderr]).toEqual([
      1,
      `No trace store answers at http://127.0.0.1:${port} (ECONNREFUSED): start one with \`npm start\`, or name another with --trace-url or RYZ_TRACE_URL.\n`,
    ]);
  });

  it.each([['trace'], ['trace --verify'], ['why'], ['slow']])(
    'says of `ryz %s` that what answers keeps no traces, and asks no further',
    async (command) => {
      answers = {};
      const id = command === 'slow' ? [] : ['--wait', '1m', 'nobody'];
      const { code, stdout, stderr } = await cliRun([...command.split(' '), ...id], { env });
      expect([code, stdout, stderr]).toEqual([
        1,
        '',
        `What answers at ${env.RYZ_TRACE_URL} is neither Jaeger nor tracebox: start one with \`npm start\`, or name another with --trace-url or RYZ_TRACE_URL.\n`,
      ]);
    },
  );

  it.each([['trace'], ['why']])('refuses an empty id of `ryz %s`', async (command) => {
    const { code, stderr } = await cliRun([command, ' '], { env });
    expect([code, stderr]).toEqual([2, 'The id must not be empty.\n']);
  });

  it('ends at Ctrl-C', async () => {
    const interrupted = new AbortController();
    const waiting = cliRun(['trace', '--wait', '1m', 'nobody'], { env, interrupted: interrupted.signal });
    interrupted.abort();
    expect(await waiting).toEqual({ code: 130, stdout: '', stderr: 'Cancelled.\n' });
  });
});
