import type { ChatRequest } from '@ryzanstein/contracts/api';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadReport } from '../src/load/load-report.ts';
import { cliRun } from './cli-run.ts';
import { startFakeApi, type FakeApi } from './fake-api.ts';

let api: FakeApi;
let folder: string;

beforeEach(async () => {
  api = await startFakeApi();
  folder = mkdtempSync(join(tmpdir(), 'ryzanstein-load-'));
});

afterEach(async () => {
  await api.close();
  rmSync(folder, { recursive: true });
});

const load = (args: readonly string[], options: Parameters<typeof cliRun>[1] = {}) =>
  cliRun(['load', ...args], { env: { RYZ_API_ADDRESS: api.address }, ...options });

async function report(args: readonly string[], code = 0): Promise<LoadReport> {
  const run = await load(['--json', ...args]);
  expect(run.code).toBe(code);
  return JSON.parse(run.stdout) as LoadReport;
}

function promptsFile(...lines: string[]): string {
  const path = join(folder, 'prompts.txt');
  writeFileSync(path, lines.join('\n'));
  return path;
}

const chats = (): ChatRequest[] => api.requests.filter((request) => 'messages' in request);
const promptOf = (chat: ChatRequest): string => chat.messages.at(-1)?.content ?? '';

describe('ryz load', () => {
  it('sends so many requests and says how they fared', async () => {
    const { code, stdout, stderr } = await load('--requests 12 --clients 2 -c 3'.split(' '));
    expect([code, stderr]).toEqual([0, '']);
    const [table = '', slowest = ''] = stdout.split('\nslowest\n');
    const shape = table
      .replace(/\b[0-9a-f]{32}\b/g, '<trace>')
      .replace(/[\d.]+ (?:µs|ms|s)\b/g, '0 ms')
      .replace(/\d+(?:\.\d)?\/s/g, '0/s')
      .replace(/ +/g, ' ');
    expect(shape).toMatchInlineSnapshot(`
     "load closed loop, 3 at once, seed 1, 0 ms
     requests 12 offered, 12 sent, 0 not sent
     ended 12 OK
     rates answered 0/s
     tokens 0/s in, 0/s out

      count p50 p90 p99 max
      first token 12 0 ms 0 ms 0 ms 0 ms
      per further token 12 0 ms 0 ms 0 ms 0 ms
      between two pieces 24 0 ms 0 ms 0 ms 0 ms
      whole answer 12 0 ms 0 ms 0 ms 0 ms
      waited for a lease 12 0 ms 0 ms 0 ms 0 ms
      in the engine's queue 12 0 ms 0 ms 0 ms 0 ms
      sent late 12 0 ms 0 ms 0 ms 0 ms

     fairness 1.000 (Jain's index of the tokens of each client; 1: all the same)
      client weight sent answered tokens first token p50
      load-1 1 6 6 18 0 ms
      load-2 1 6 6 18 0 ms
     "
    `);
    expect(slowest).toMatch(/^( +[\d.]+ .?s {2}\S.*\n +http:\/\/localhost:16686\/trace\/[0-9a-f]{32}\n){5}$/);
  });

  it('tells what it counted, as JSON', async () => {
    const told = await report(
      '--requests 12 --clients a=2,b=1 -m tiny --priority 3 --max-tokens 9'.split(' '),
    );
    expect(told).toMatchObject({
      loop: 'closed',
      concurrency: 8,
      seed: '1',
      interrupted: false,
      requests: { offered: 12, sent: 12, notSent: 0, answered: 12, tokensIn: 168, tokensOut: 36 },
      outcomes: { OK: 12 },
      fairness: {
        // Twice as many tokens for one of two.
        jain: 0.9,
        clients: [
          { id: 'a', weight: 2, sent: 8, answered: 8, tokens: 24 },
          { id: 'b', weight: 1, sent: 4, answered: 4, tokens: 12 },
        ],
      },
    });
    // Three pieces an answer; lease wait and queue are what each reply says.
    expect(Object.entries(told.times).map(([name, { count }]) => [name, count])).toEqual([
      ['ttft', 12],
      ['tpot', 12],
      ['gap', 24],
      ['total', 12],
      ['leaseWait', 12],
      ['queue', 12],
      ['sentLate', 12],
    ]);
    expect(told.times.leaseWait).toEqual({ count: 12, p50: 1, p90: 1, p99: 1, max: 1 });
    expect(told.slowest).toHaveLength(5);
    for (const { traceId, traceUrl } of told.slowest) {
      expect(traceUrl).toBe(`http://localhost:16686/trace/${traceId}`);
      expect(api.traceparents.some((sent) => sent.startsWith(`00-${traceId}-`))).toBe(true);
    }
    expect(api.clientIds.filter((id) => id === 'a')).toHaveLength(8);
    expect(chats().map(({ model, priority, maxTokens }) => [model, priority, maxTokens])).toEqual(
      chats().map(() => ['tiny', 3, 9]),
    );
  });

  it('makes prompts and answers of the lengths asked for, the same ones for the same seed', async () => {
    const args = '--requests 60 --prompt-tokens 20-40 --max-tokens 8:64'.split(' ');
    await report(args);
    const first = chats().map((chat) => ({ prompt: promptOf(chat), maxTokens: chat.maxTokens ?? 0 }));
    const lengths = first.map(({ prompt }) => prompt.split(' ').length + 3);
    expect([Math.min(...lengths) >= 20, Math.max(...lengths) <= 40]).toEqual([true, true]);
    expect(new Set(lengths).size).toBeGreaterThan(10);
    const most = first.map(({ maxTokens }) => maxTokens);
    expect([Math.min(...most) >= 8, Math.max(...most) <= 64]).toEqual([true, true]);
    api.requests.length = 0;
    await report(args);
    expect(new Set(chats().map(promptOf))).toEqual(new Set(first.map(({ prompt }) => prompt)));
    api.requests.length = 0;
    await report([...args, '--seed', '2']);
    expect(chats().map(promptOf)).not.toEqual(first.map(({ prompt }) => prompt));
  });

  it('counts every way in which requests end, and fails where none was answered', async () => {
    const prompts = promptsFile('Hello', 'busy', '', 'no device', 'wrong');
    const told = await report(['--requests', '8', '--prompts', prompts]);
    expect(told.outcomes).toEqual({ OK: 2, RESOURCE_EXHAUSTED: 2, UNAVAILABLE: 2, INVALID_ARGUMENT: 2 });
    expect(told.times.total?.count).toBe(2);
    const run = await load(['--requests', '3', '--prompts', promptsFile('busy')]);
    expect([run.code, run.stderr]).toEqual([1, 'No request was answered.\n']);
    expect(run.stdout).toContain('ended     3 RESOURCE_EXHAUSTED\n');
  });

  it('cancels the part that it is told to', async () => {
    const told = await report([
      '-n',
      '40',
      '-c',
      '40',
      '--cancel',
      '50%',
      '--prompts',
      promptsFile('hang'),
      '--timeout',
      '3s',
    ]);
    const { CANCELLED_AS_ASKED: cancelled = 0, DEADLINE_EXCEEDED: late = 0 } = told.outcomes;
    expect(cancelled + late).toBe(40);
    expect(Math.abs(cancelled - 20)).toBeLessThan(12);
    while (!api.endedEarly.includes('CANCELLED')) await new Promise(setImmediate);
  });

  it('sends at a rate, though nothing is answered, and tells what it kept back', async () => {
    const args = ['--rate', '200', '-n', '60', '--prompts', promptsFile('hang'), '--timeout', '1500ms'];
    const told = await report([...args, '--max-in-flight', '25'], 1);
    expect(told).toMatchObject({
      loop: 'open',
      requests: { offered: 60, sent: 25, notSent: 35 },
      outcomes: { DEADLINE_EXCEEDED: 25 },
      rates: { wanted: 200 },
    });
  });

  it('fails where none was to be sent', async () => {
    const run = await load(['--rate', '0.001', '-d', '1ms']);
    expect([run.code, run.stderr]).toEqual([1, 'No request was sent.\n']);
    expect(run.stdout).toContain('requests  0 offered, 0 sent, 0 not sent\n');
  });

  it('asks for whole answers', async () => {
    const told = await report(['-n', '4', '--unary']);
    expect(told.times.ttft).toBeUndefined();
    expect(told.times.total?.count).toBe(4);
  });

  it('reports what there is at Ctrl-C', async () => {
    const interrupted = new AbortController();
    const running = load(['--rate', '100', '-d', '60m', '--prompts', promptsFile('hang')], {
      interrupted: interrupted.signal,
    });
    while (api.requests.length < 5) await new Promise(setImmediate);
    interrupted.abort();
    const { code, stdout, stderr } = await running;
    expect([code, stderr]).toEqual([130, 'Ended early.\n']);
    expect(stdout).toMatch(/ended early\n/);
    expect(stdout).toMatch(/^ended +\d+ INTERRUPTED$/m);
  });

  it.each([
    [['--rate', '5', '-c', '3'], "cannot be used with option '-r, --rate"],
    [['--rate', '0'], 'It must be more than 0'],
    [['--duration', '0s'], 'It must be at least 1ms'],
    [['--timeout', '0'], 'It must be at least 1ms'],
    [['--cancel', '101%'], 'It must be from 0% to 100%'],
    [['--prompts', '/nowhere/prompts'], 'The prompts of /nowhere/prompts cannot be read'],
    [['--priority', '10'], 'It must be a whole number from 0 to 9'],
  ])('refuses %p', async (args, sentence) => {
    const { code, stdout, stderr } = await load(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(sentence);
  });

  it('says that nothing answers before it sends anything', async () => {
    await api.close();
    const { code, stderr } = await load(['-n', '3']);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `Nothing answers at ${api.address}: start the mesh with \`npm start\`, or name another --address (connect ECONNREFUSED ${api.address}).\n`,
    );
    api = await startFakeApi();
  });

  it('explains its options', async () => {
    expect((await cliRun(['load', '--help'])).stdout).toMatchInlineSnapshot(`
     "Usage: ryz load [options]

     send many requests, at a rate or so many at once, and tell how they fared

     Options:
       -c, --concurrency <count>  closed loop: this many at once, the next when one ends (default: 8)
       -r, --rate <per second>    open loop: send this many a second, answered or not
       --max-in-flight <count>    open loop: send no more while so many are under way (default: 2000)
       -d, --duration <duration>  send for this long (default: 10s, or until --requests)
       -n, --requests <count>     send this many
       --prompt-tokens <lengths>  length of each prompt of random words (default: 20-60)
       --prompts <file>           prompts to send in turn, one a line
       --max-tokens <lengths>     most tokens to generate for each (default: 8-64)
       --clients <clients>        send in the name of so many clients, in turn, or by weight:
                                  web=3,batch=1
       --cancel <percent>         cancel this part of the requests, at random moments (default: 0%)
       --priority <number>        from 0 to 9, higher goes first
       --stream                   ask for each answer as it comes (default)
       --unary                    ask for each answer in one message
       --seed <number>            same seed: same arrivals, lengths and prompts (default: 1)
       -m, --model <name>         model to ask (default: the only one)
       --timeout <duration>       deadline of each request (default: 60s)
       -a, --address <host:port>  the api-server (env: RYZ_API_ADDRESS) (default: "localhost:50051")
       --trace-url <url>          where traces are kept and shown (env: RYZ_TRACE_URL) (default:
                                  "http://localhost:16686")
       --json                     print the report as one JSON object
       --tls                      reach it over TLS (env: RYZ_TLS_PEERS=true)
       --ca <file>                the same, trusting the authorities in this PEM file (env:
                                  RYZ_TLS_CA_FILE)
       --cert <file>              certificate to show (env: RYZ_TLS_CERT_FILE)
       --key <file>               its key (env: RYZ_TLS_KEY_FILE)
       -h, --help                 print this help

     Lengths are a count (64), a range (20-200, each alike) or one of uniform:20,200,
     exponential:mean[,most] and lognormal:median,sigma[,most], such as lognormal:64,0.8,512.

     In an open loop the first token and the whole answer count from when a request was to be
     sent: a mesh that cannot keep up shows its queue. What --max-in-flight keeps from being sent
     is reported. Times are of answered requests. Ctrl-C reports what there is.

     Where the mesh asks for a key, its fair queue goes by the name of the key, not by --clients.

     Exit code 0: at least one request was answered or, as asked, cancelled.
     "
    `);
  });
});
