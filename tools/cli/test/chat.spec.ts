import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cliRun } from './cli-run.ts';
import { startFakeApi, type FakeApi } from './fake-api.ts';

let api: FakeApi;

beforeAll(async () => {
  api = await startFakeApi();
});

afterAll(() => api.close());

const chat = (args: readonly string[], options: Parameters<typeof cliRun>[1] = {}) =>
  cliRun(['chat', ...args], { env: { RYZ_API_ADDRESS: api.address }, ...options });

function withoutNumbers(text: string): string {
  return text
    .replace(/\b[0-9a-f]{32}\b/g, '<trace>')
    .replace(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/g, '<request>')
    .replace(/(first token|,) [\d.]+ (?:µs|ms|s)\b/g, '$1 0 ms')
    .replace(/127\.0\.0\.1:\d+/g, '<address>');
}

describe('ryz chat', () => {
  it('prints the answer as it comes, and what is said about it elsewhere', async () => {
    const pieces: string[] = [];
    const { code, stdout, stderr } = await chat(['What', 'is', 'a', 'span?'], {
      onStdout: (text) => pieces.push(text),
    });
    expect([code, stdout]).toEqual([0, 'A span is time.\n']);
    expect(pieces).toEqual(['A span ', 'is ', 'time.', '\n']);
    expect(withoutNumbers(stderr)).toMatchInlineSnapshot(`
     "
     model    tiny, ended by stop
     tokens   14 in (4 cached), 3 out
     times    first token 0 ms, 100 tokens/s, 0 ms in all
     phases   lease 1.00 ms, queue 2.00 ms, prefill 30.0 ms, decode 20.0 ms
     request  <request>
     trace    <trace>
              http://localhost:16686/trace/<trace>
     "
    `);
    const traceId = /trace +([0-9a-f]{32})/.exec(stderr)?.[1];
    expect(api.traceparents.at(-1)).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(api.requests.at(-1)).toMatchObject({ messages: [{ role: 'user', content: 'What is a span?' }] });
  });

  it('holds the answer to the schema of a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ryz-chat-'));
    const path = join(folder, 'schema.json');
    writeFileSync(path, '{"type":"object"}');
    expect((await chat(['--json-schema', path, 'Hello'])).code).toBe(0);
    expect(api.requests.at(-1)).toMatchObject({
      responseFormat: { type: 'json_schema', jsonSchema: '{"type":"object"}' },
    });
    rmSync(folder, { recursive: true });
    const gone = await chat(['--json-schema', path, 'Hello']);
    expect([gone.code, gone.stderr]).toEqual([
      2,
      expect.stringContaining(`The schema ${path} cannot be read.`),
    ]);
    const both = await chat(['--json-schema', path, '--format', 'json', 'Hello']);
    expect([both.code, both.stderr]).toEqual([
      2,
      expect.stringContaining('leave out --format or --json-schema'),
    ]);
  });

  it('passes every setting on', async () => {
    const settings =
      '-m tiny -n 64 -t 0.5 --seed 7 -s Short. --stop a --stop b --request-id demo-1 --priority 7 --format json'.split(
        ' ',
      );
    const { code, stderr } = await chat([...settings, 'Hello']);
    expect([code, stderr]).toEqual([0, expect.stringContaining('request  demo-1\n')]);
    expect(api.requests.at(-1)).toMatchObject({
      model: 'tiny',
      maxTokens: 64,
      temperature: 0.5,
      seed: '7',
      stop: ['a', 'b'],
      priority: 7,
      responseFormat: { type: 'json_object' },
      messages: [
        { role: 'system', content: 'Short.' },
        { role: 'user', content: 'Hello' },
      ],
    });
  });

  it('shows the key of RYZ_API_KEY, and none of another shape', async () => {
    await chat(['Hello']);
    expect(api.authorizations.at(-1)).toBe('');
    const env = { RYZ_API_ADDRESS: api.address };
    for (const flags of [[], ['--unary']]) {
      const { code } = await chat([...flags, 'Hello'], { env: { ...env, RYZ_API_KEY: 'ryz_k1\n' } });
      expect([code, api.authorizations.at(-1)]).toEqual([0, 'Bearer ryz_k1']);
    }
    const wrong = await chat(['Hello'], { env: { ...env, RYZ_API_KEY: 'two words' } });
    expect(wrong).toEqual({
      code: 2,
      stdout: '',
      stderr: 'RYZ_API_KEY is no key: it must be 1 to 256 visible ASCII characters.\n',
    });
  });

  it('leaves what is not said to the mesh', async () => {
    await chat(['Hello']);
    expect(Object.keys(api.requests.at(-1) ?? {})).not.toContain('maxTokens');
    expect(api.requests.at(-1)).not.toHaveProperty('temperature');
  });

  it.each([[['--unary']], [['--complete']], [['--complete', '--unary']]])(
    'answers alike with %p',
    async (flags) => {
      const { code, stdout } = await chat([...flags, 'Hello']);
      expect([code, stdout]).toEqual([0, 'A span is time.\n']);
      const plain = flags.includes('--complete');
      expect(api.requests.at(-1)).toMatchObject(
        plain ? { prompt: 'Hello' } : { messages: [{ content: 'Hello' }] },
      );
    },
  );

  it('reads the prompt from standard input', async () => {
    expect((await chat(['-'], { stdin: 'From a pipe.\n' })).code).toBe(0);
    expect(api.requests.at(-1)).toMatchObject({ messages: [{ content: 'From a pipe.\n' }] });
    expect(await chat(['-'], { stdin: ' \n' })).toMatchObject({ code: 2, stderr: 'The prompt is empty.\n' });
  });

  it('prints one JSON object for machines, after an answer and after a failure', async () => {
    const answer = await chat(['--json', '--request-id', 'demo-2', 'Hello']);
    expect([answer.code, answer.stderr]).toEqual([0, '']);
    expect(JSON.parse(answer.stdout)).toEqual({
      ok: true,
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
      requestId: 'demo-2',
      id: 'chat-1',
      model: 'tiny',
      text: 'A span is time.',
      finishReason: 'stop',
      usage: { promptTokens: 14, completionTokens: 3, cachedPromptTokens: 4 },
      timings: { leaseWaitMs: 1, queueMs: 2, prefillMs: 30, decodeMs: 20, ttftMs: 35, totalMs: 56 },
      firstTextMs: expect.any(Number),
      totalMs: expect.any(Number),
      tokensPerSecond: 100,
      traceUrl: expect.stringMatching(/^http:\/\/localhost:16686\/trace\/[0-9a-f]{32}$/),
    });
    const failure = await chat(['--json', 'busy']);
    expect(failure.code).toBe(1);
    expect(JSON.parse(failure.stdout)).toMatchObject({
      ok: false,
      text: '',
      error: {
        code: 'RESOURCE_EXHAUSTED',
        message: 'Too many requests.',
        violations: [],
        retryAfterMs: 1_500,
      },
    });
  });
});

describe('ryz chat that fails', () => {
  it.each([
    ['wrong', 'The mesh refuses this request: temperature: must be at most 2.'],
    [
      'no key',
      'The mesh refuses whoever has no valid key: An API key is asked for. ryz shows the one of RYZ_API_KEY.',
    ],
    ['unknown', 'No device has the model "big".'],
    ['busy', 'The mesh takes no more: Too many requests; try again in 1.50 s.'],
    ['no device', 'The mesh cannot take this now: No live device; try again in 1.00 s.'],
  ])('says why and what to do: %p', async (prompt, sentence) => {
    const { code, stdout, stderr } = await chat([prompt]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(sentence);
    expect(stderr).toMatch(/^request +\S+\ntrace +[0-9a-f]{32}\n/);
  });

  it('asks whether the mesh is up where nothing answers', async () => {
    const gone = await startFakeApi();
    await gone.close();
    const { code, stderr } = await cliRun(['chat', '--address', gone.address, 'Hello']);
    expect(code).toBe(1);
    expect(stderr).toContain(`Nothing answers at ${gone.address}: start the mesh with \`npm start\``);
  });

  it('keeps what came before the deadline', async () => {
    const { code, stdout, stderr } = await chat(['--timeout', '300ms', 'hang']);
    expect([code, stdout]).toEqual([1, 'A span \n']);
    expect(stderr).toContain('No end of the answer within 300 ms');
  });

  it('cancels the call at Ctrl-C', async () => {
    const interrupted = new AbortController();
    const { code, stdout, stderr } = await chat(['hang'], {
      interrupted: interrupted.signal,
      onStdout: () => interrupted.abort(),
    });
    expect([code, stdout]).toEqual([130, 'A span \n']);
    expect(stderr).toMatch(/trace +[0-9a-f]{32}\n.*\nCancelled\.\n$/);
    while (!api.endedEarly.includes('CANCELLED')) await new Promise(setImmediate);
  });
});

describe('wrong usage', () => {
  it.each([
    [['chat']],
    [['chat', '--max-tokens', '0', 'x']],
    [['chat', '--timeout', 'soon', 'x']],
    [['chat', '--nonsense', 'x']],
    [['trace']],
    [['trace', 'a', 'b']],
    [['nonsense']],
    [['chat', '--complete', '--system', 'x', 'y']],
  ])('%p exits with 2 and says what is wrong', async (args) => {
    const { code, stdout, stderr } = await cliRun(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).not.toBe('');
  });

  it('names a variable that is wrong', async () => {
    expect(await cliRun(['chat', 'x'], { env: { RYZ_API_ADDRESS: 'nowhere' } })).toEqual({
      code: 2,
      stdout: '',
      stderr: 'RYZ_API_ADDRESS=nowhere is not allowed. It must be host:port, such as localhost:50051.\n',
    });
  });

  it('help and version are no failures', async () => {
    expect(await cliRun(['--version'])).toEqual({ code: 0, stdout: '1.2.3\n', stderr: '' });
    expect((await cliRun(['--help'])).stdout).toMatchInlineSnapshot(`
     "Usage: ryz [options] [command]

     Talks to a Ryzanstein mesh and shows where the time of each request went.

     Options:
       -V, --version                    print the version
       -h, --help                       print this help

     Commands:
       chat [options] <prompt...>       send a prompt and print the answer as it comes
       trace [options] <id>             show a trace as a waterfall
       devices [options]                show the devices of the mesh, what runs on them, and how many
                                        requests wait
       leases [options]                 show which requests hold a device now
       why [options] <id>               say where the time of a request went, whom it waited for, and
                                        what is usual
       slow [options]                   list the slowest requests of the last minutes, each with its
                                        reason
       sampling [options] [service...]  show how often traces are kept, by service and operation, and why
       doctor [options]                 send one request, follow its telemetry through every part, and
                                        name the first that is broken
       load [options]                   send many requests, at a rate or so many at once, and tell how
                                        they fared
       keys                             make, list and revoke the API keys of the api-server
       certs [options]                  make a local authority and certificates of the mesh, or renew
                                        them
       help [command]                   display help for command

     RYZ_API_KEY is the key that the mesh is shown, where it asks for one.
     Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.
     "
    `);
    expect((await cliRun(['chat', '--help'])).stdout).toMatchInlineSnapshot(`
     "Usage: ryz chat [options] <prompt...>

     send a prompt and print the answer as it comes

     Arguments:
       prompt                      the prompt; - reads it from standard input

     Options:
       -m, --model <name>          model to ask (default: the only one)
       -n, --max-tokens <count>    most tokens to generate
       -t, --temperature <number>  randomness, 0 (none) to 2
       --seed <number>             same seed, same engine: same text
       -s, --system <text>         instruction that stands before the prompt
       --stop <text>               end before this text; may be repeated, at most 4 times
       --priority <number>         from 0 to 9, higher goes first
       --format <form>             hold the answer to any JSON object (choices: "json")
       --json-schema <file>        hold the answer to the JSON Schema in this file
       --complete                  continue the prompt as plain text, without a chat template
       --unary                     ask for the whole answer in one message
       --request-id <id>           x-request-id of the call (default: a new one)
       --timeout <duration>        give up after this long: 500ms, 30s, 2m (default: 60s)
       -a, --address <host:port>   the api-server (env: RYZ_API_ADDRESS) (default: "localhost:50051")
       --trace-url <url>           where traces are kept and shown (env: RYZ_TRACE_URL) (default:
                                   "http://localhost:16686")
       --json                      print one JSON object when the answer is complete
       --tls                       reach it over TLS (env: RYZ_TLS_PEERS=true)
       --ca <file>                 the same, trusting the authorities in this PEM file (env:
                                   RYZ_TLS_CA_FILE)
       --cert <file>               certificate to show (env: RYZ_TLS_CERT_FILE)
       --key <file>                its key (env: RYZ_TLS_KEY_FILE)
       -h, --help                  print this help

     The answer goes to standard output, its tokens, times and trace to standard error.
     Ctrl-C cancels the call.
     "
    `);
    expect((await cliRun(['trace', '--help'])).stdout).toMatchInlineSnapshot(`
     "Usage: ryz trace [options] <id>

     show a trace as a waterfall

     Arguments:
       id                     trace id, request id, id of a reply, traceparent or address of a trace page

     Options:
       -w, --wait <duration>  wait this long for spans that have not arrived yet (default: 5s)
       --verify               check that the trace is whole and consistent; exit code 1 where it is not
       -l, --logs             also show the log records of the trace, where the store keeps them
       --trace-url <url>      where traces are kept and shown (env: RYZ_TRACE_URL) (default:
                              "http://localhost:16686")
       --json                 print the trace as one JSON object, its spans as a tree
       -h, --help             print this help

     Reads any Jaeger from 2.13 on, and tracebox. A span marked ? misses its parent.
     queue, prefill and decode are drawn as ░, ▒ and ▓; ◆ is the first token.
     "
    `);
    expect((await cliRun([])).code).toBe(2);
  });
});
