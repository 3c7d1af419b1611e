import { startTelemetry, type Telemetry } from '@ryzanstein/tracing';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startOtlpCollector, type OtlpCollector } from '../../src/index.ts';

const program = fileURLToPath(new URL('./dying-service.ts', import.meta.url));

let folder: string;
let collector: OtlpCollector;
let telemetry: Telemetry | undefined;
let child: ChildProcess | undefined;
let said: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ryzanstein-journal-'));
  collector = await startOtlpCollector();
  said = [];
});

afterEach(async () => {
  await telemetry?.shutdown();
  telemetry = undefined;
  collector.stop();
  if (child?.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  child = undefined;
  rmSync(folder, { recursive: true });
});

/** The service, with its spans under way. */
async function underWay(): Promise<ChildProcess> {
  child = fork(program, {
    env: {
      PATH: process.env['PATH'],
      RYZ_SPAN_JOURNAL: folder,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '3600000',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
    },
    execArgv: ['--conditions=@ryzanstein/source', '--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  await once(child.stdout ?? child, 'data');
  return child;
}

async function killed(): Promise<void> {
  const service = await underWay();
  const exit = once(service, 'exit');
  service.kill('SIGKILL');
  await exit;
}

function startAgain(serviceName = 'frail', journal = folder): void {
  const say = (_: object, message: string): void => void said.push(message);
  telemetry = startTelemetry({
    serviceName,
    env: {
      RYZ_SPAN_JOURNAL: journal,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
    },
    logger: { info: say, warn: say, error: say },
  });
}

const journals = (): string[] => readdirSync(folder);

it('sends what a killed process had not, in its name, and once', async () => {
  await killed();
  expect(collector.spans).toEqual([]);
  const killedAtMs = Date.now();
  startAgain();
  await telemetry?.forceFlush();

  const [serve, ask, step] = ['serve', 'ask', 'step'].map((name) =>
    collector.spans.find((span) => span.name === name),
  );
  // What was made after the fact was no parent of anything, and is lost.
  expect(collector.spans).toHaveLength(3);
  expect(serve).toMatchObject({
    traceId: 'a'.repeat(32),
    parentSpanId: 'b'.repeat(16),
    kind: 'SERVER',
    service: 'frail',
    traceState: 'vendor=x',
    status: 'ERROR',
    statusMessage: 'The process was killed before the span ended',
    attributes: {
      'rpc.method': 'shop.v1.Shop/Ask',
      'request.id': 'request-1',
      'error.type': 'PROCESS_KILLED',
      'ryzanstein.span.recovered': true,
    },
  });
  expect(serve?.resource['service.version']).toBe('1.2.3');
  expect(serve?.resource['process.pid']).toBe(child?.pid);
  expect(ask).toMatchObject({
    parentSpanId: serve?.spanId,
    kind: 'CLIENT',
    status: 'UNSET',
    attributes: { 'rpc.response.status_code': 'OK', 'ryzanstein.span.recovered': true },
  });
  expect(ask?.attributes['error.type']).toBeUndefined();
  expect(step).toMatchObject({ parentSpanId: serve?.spanId, status: 'ERROR' });
  for (const span of [serve, step]) {
    expect(span?.endEpochMs).toBeGreaterThanOrEqual(span?.startEpochMs ?? NaN);
    expect(span?.endEpochMs).toBeLessThanOrEqual(killedAtMs);
  }
  expect(said).toEqual(['3 spans of a process that was killed are sent now']);
  // Its own alone is left.
  expect(journals()).toEqual([expect.stringMatching(`^frail~${process.pid}~\\d+\\.spans$`)]);

  await telemetry?.shutdown();
  startAgain();
  await telemetry?.forceFlush();
  expect(collector.spans).toHaveLength(3);
});

it('leaves the journal of a process that runs, and of another service', async () => {
  await underWay();
  startAgain();
  await telemetry?.forceFlush();
  expect(journals()).toHaveLength(2);
  await telemetry?.shutdown();
  const exit = once(child as ChildProcess, 'exit');
  child?.kill('SIGKILL');
  await exit;
  startAgain('sturdy');
  await telemetry?.forceFlush();
  expect(collector.spans).toEqual([]);
  expect(journals().filter((name) => name.startsWith('frail'))).toHaveLength(1);
});

it('leaves nothing behind when the process stops by itself', async () => {
  startAgain();
  telemetry?.tracer.startSpan('step', { kind: 'SERVER' }, () => {});
  await Promise.resolve();
  expect(journals()).toHaveLength(1);
  await telemetry?.shutdown();
  expect(journals()).toEqual([]);
  expect(
    collector.spans.map(({ name, attributes }) => [name, attributes['ryzanstein.span.recovered']]),
  ).toEqual([['step', undefined]]);
});

it('drops what is older than a day, and what cannot be read', async () => {
  await killed();
  const [name = ''] = journals();
  const daysAgo = new Date(Date.now() - 25 * 3_600_000);
  utimesSync(join(folder, name), daysAgo, daysAgo);
  writeFileSync(join(folder, 'frail~999999999~1.spans'), Buffer.alloc(6_000, 1));
  writeFileSync(join(folder, 'frail~999999998~1.spans'), '');
  startAgain();
  await telemetry?.forceFlush();
  expect(collector.spans).toEqual([]);
  expect(journals()).toHaveLength(1);
});

it('starts without a journal where its folder cannot be used, and says so', async () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  startAgain('frail', join(file, 'journal'));
  telemetry?.tracer.startSpan('step', () => {});
  await telemetry?.forceFlush();
  expect(collector.spans).toHaveLength(1);
  expect(said).toEqual([
    expect.stringMatching(/^RYZ_SPAN_JOURNAL is ".*", which cannot be written to \(EEXIST.*\); spans /),
  ]);
});
