import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cliRun } from './cli-run.ts';

/** A port that nobody listens at. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const withoutBoards = [
  '--grafana',
  'none',
  '--kibana',
  'none',
  '--prometheus',
  'none',
  '--elasticsearch',
  'none',
];

it('says where the way ends where nothing answers, and what it left out', async () => {
  const port = await deadPort();
  const dead = `http://127.0.0.1:${port}`;
  const run = await cliRun([
    'doctor',
    ...['--address', `127.0.0.1:${port}`, '--trace-url', dead, '--otlp', dead, '--sampling', 'none'],
    ...withoutBoards,
  ]);
  expect(run.code).toBe(1);
  expect(run.stdout.replace(/doctor-[0-9a-f-]{36}/, 'doctor-id').replaceAll(String(port), 'PORT')).toBe(
    `✓ configuration  spans go to http://127.0.0.1:PORT
✗ service        127.0.0.1:PORT: nothing listens there
                 The api-server does not answer (127.0.0.1:PORT: nothing listens there).
                 Start it (\`npm start\`, \`docker compose up\`), or name its address with --address.
✗ canary         UNAVAILABLE, request doctor-id (follows from service)
– sampling       skipped: the answer did not say whether the trace is kept
✗ export         http://127.0.0.1:PORT: refused
                 Nothing takes telemetry at http://127.0.0.1:PORT.
                 Start the Collector (or the embedded store), or correct the port in OTEL_EXPORTER_OTLP_ENDPOINT: 4317 is gRPC, 4318 HTTP.
– collector      skipped: nobody shows its metrics; --collector-metrics says where it does
✗ traces         http://127.0.0.1:PORT: nothing listens there
                 No trace store answers (http://127.0.0.1:PORT: nothing listens there).
                 Start Jaeger or the embedded store, or name another with --trace-url.
– metrics        skipped: the canary did not get through
– exemplar       skipped: the canary did not get through
– elasticsearch  skipped: the canary did not get through
– grafana        skipped: --grafana is none
– kibana         skipped: --kibana is none
`,
  );
  expect(run.stderr.replaceAll(String(port), 'PORT')).toBe(
    'The first broken hop is service: the api-server does not answer (127.0.0.1:PORT: nothing listens there).\n',
  );
});

it('gives the same as JSON, with its exit code', async () => {
  const port = await deadPort();
  const run = await cliRun([
    'doctor',
    ...['--json', '--address', `127.0.0.1:${port}`, '--trace-url', `http://127.0.0.1:${port}`],
    ...withoutBoards,
  ]);
  expect(run.code).toBe(1);
  expect(JSON.parse(run.stdout)).toMatchObject({ ok: false, first_broken: 'service', trace_id: null });
});

it.each([
  [['--prometheus', 'nonsense'], 'It must be a URL such as http://localhost:16686.'],
  [['--elasticsearch-user', 'me'], '--elasticsearch-user needs --elasticsearch-password-file.'],
  [['--elasticsearch-password-file', '/nowhere/at/all'], '/nowhere/at/all cannot be read: ENOENT'],
  [['--timeout', 'soon'], 'It must be a duration such as 500ms, 5s or 2m.'],
])('refuses %j by name', async (words, sentence) => {
  const run = await cliRun(['doctor', ...words]);
  expect([run.code, run.stdout]).toEqual([2, '']);
  expect(run.stderr).toContain(sentence);
});

it('warns of settings of its own environment', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ryz-doctor-'));
  try {
    const file = join(folder, 'strategies.json');
    writeFileSync(file, 'nonsense');
    const run = await cliRun(
      ['doctor', '--address', `127.0.0.1:${await deadPort()}`, '--sampling', file, ...withoutBoards],
      { env: { OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'SPAN_ONLY' } },
    );
    const lines = run.stdout.split('\n');
    expect(lines[0]).toMatch(/^! configuration/);
    expect(lines.find((line) => line.includes('sampling'))).toMatch(/^! sampling/);
    expect(run.stdout).toContain('is not a sampling strategies file');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
