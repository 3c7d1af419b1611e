import { Metadata } from '@grpc/grpc-js';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTelemetry, type Telemetry } from '../telemetry.ts';
import { TraceContext } from '../trace-context.ts';
import { collectingLogger, until } from '../../test/collecting-logger.ts';

let folder: string;
let server: Server;
let respond: ((body: string) => void) | undefined;
let telemetry: Telemetry | undefined;
let logger: ReturnType<typeof collectingLogger>;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sampling-'));
  logger = collectingLogger();
  respond = undefined;
  server = createServer((_request, response) => {
    respond = (body) => response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  await telemetry?.shutdown();
  telemetry = undefined;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true });
});

const fileOf = (text: string) => {
  const path = join(folder, 'strategies.json');
  writeFileSync(path, text);
  return path;
};
const start = (env: Record<string, string>, serviceName = 'svc') => {
  telemetry = startTelemetry({
    serviceName,
    logger,
    env: { OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', ...env },
  });
  return telemetry.tracer;
};
const isKept = (parent?: TraceContext) =>
  telemetry?.tracer.startSpan('root', { parent }, ({ context }) => context.sampled);
const stateOf = () => telemetry?.tracer.startSpan('root', ({ context }) => context.toTracestate());
const parent = (flags: string) =>
  TraceContext.fromTraceparent(`00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-${flags}`);
const remote = (rest = '') => ({
  OTEL_TRACES_SAMPLER: 'parentbased_jaeger_remote',
  OTEL_TRACES_SAMPLER_ARG: `endpoint=http://127.0.0.1:${(server.address() as AddressInfo).port}/sampling${rest}`,
});
const nothing = '{"default_strategy":{"type":"probabilistic","param":0}}';

it.each([
  ['quiet', false],
  ['loud', true],
])('decides the roots of %s by the file', (service, kept) => {
  const text = '{"service_strategies":[{"service":"quiet","type":"probabilistic","param":0}]}';
  start({ RYZ_SAMPLING_FILE: fileOf(text) }, service);
  expect(isKept()).toBe(kept);
});

it.each([
  ['always_on', 'ryzanstein=p:1;o:svc,ot=th:0'],
  ['always_off', 'ryzanstein=p:0;o:svc'],
  ['parentbased_always_on', 'ryzanstein=p:1;o:svc,ot=th:0'],
  ['traceidratio', 'ryzanstein=p:1;o:svc,ot=th:0'],
  ['jaeger_remote', 'ryzanstein=p:0;o:svc'],
])('decides as %s says', (sampler, state) => {
  start({ OTEL_TRACES_SAMPLER: sampler, RYZ_SAMPLING_FILE: fileOf(nothing) });
  expect(stateOf()).toBe(state);
});

it('starts with a broken file, keeps everything and says so', async () => {
  start({ RYZ_SAMPLING_FILE: fileOf('not json') });
  expect(isKept()).toBe(true);
  await until(() => logger.said.length > 0);
  expect(logger.said).toEqual([
    expect.stringMatching(
      /^error: .*strategies\.json is not a sampling strategies file: the file holds no JSON \(.*\); every trace is kept$/,
    ),
  ]);
});

describe('with an endpoint', () => {
  it('decides by the file until there is an answer, and obeys parents all the time', async () => {
    start({ ...remote(), RYZ_SAMPLING_FILE: fileOf(nothing) });
    expect([isKept(), isKept(parent('01')), isKept(parent('00'))]).toEqual([false, true, false]);
    await until(() => respond !== undefined);
    expect(isKept()).toBe(false);
    respond?.('{"strategyType":"PROBABILISTIC","probabilisticSampling":{"samplingRate":1}}');
    await until(() => isKept() === true);
    expect([isKept(parent('01')), isKept(parent('00'))]).toEqual([true, false]);
  });

  it('decides by the rate that it was given for the beginning', async () => {
    start({ ...remote(',initialSamplingRate=0'), RYZ_SAMPLING_FILE: join(folder, 'none.json') });
    expect([isKept(), isKept(parent('01'))]).toEqual([false, true]);
    await telemetry?.shutdown();
    expect(logger.said).toEqual([]);
  });
});

describe('x-ryz-sampling-priority', () => {
  const keptWith = (header: string, of: 'fromHeaders' | 'fromMetadata', env: Record<string, string> = {}) => {
    start({ RYZ_SAMPLING_FILE: fileOf(nothing), ...env });
    const metadata = new Metadata();
    metadata.set('x-ryz-sampling-priority', header);
    const caller =
      of === 'fromHeaders'
        ? TraceContext.fromHeaders({ 'x-ryz-sampling-priority': header })
        : TraceContext.fromMetadata(metadata);
    return isKept(caller);
  };

  it.each([
    ['keep', true],
    ['Keep', false],
    ['drop', false],
    ['', false],
  ])('of %j over HTTP and gRPC: kept is %s', async (header, kept) => {
    expect(keptWith(header, 'fromHeaders')).toBe(kept);
    await telemetry?.shutdown();
    expect(keptWith(header, 'fromMetadata')).toBe(kept);
  });

  it('keeps nothing where sampling is off', () => {
    expect(keptWith('keep', 'fromHeaders', { OTEL_TRACES_SAMPLER: 'always_off' })).toBe(false);
  });

  it('stays here: the calls that are made do not carry it on', () => {
    start({});
    const caller = TraceContext.fromHeaders({ 'x-ryz-sampling-priority': 'keep' });
    expect(Object.keys(caller.toHeaders())).toEqual(['x-request-id']);
  });
});
