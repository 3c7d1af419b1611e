import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cliRun } from './cli-run.ts';

const file = {
  default_strategy: {
    type: 'probabilistic',
    param: 0.5,
    operation_strategies: [
      { operation: 'ryzanstein.api.v1.LlmService/ListModels', type: 'probabilistic', param: 0.01 },
    ],
  },
  service_strategies: [
    { service: 'ryzanstein-inference', type: 'ratelimiting', param: 0.5 },
    { service: 'mine\u001b[31m', operation_strategies: [] },
  ],
};

describe('of a file', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ryz-sampling-'));
    path = join(folder, 'strategies.json');
    writeFileSync(path, JSON.stringify(file));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('shows what is in force for each service, and why', async () => {
    const run = await cliRun(['sampling', '--file', path]);
    expect(run).toEqual({ code: 0, stderr: '', stdout: expect.any(String) });
    expect(`\n${run.stdout}`).toBe(`
service               operation                                strategy            source
ryzanstein-api        (any other)                              probabilistic 0.5   default
                      ryzanstein.api.v1.LlmService/ListModels  probabilistic 0.01  default
ryzanstein-gpu        (any other)                              probabilistic 0.5   default
                      ryzanstein.api.v1.LlmService/ListModels  probabilistic 0.01  default
ryzanstein-inference  (any other)                              ratelimiting 0.5/s  service entry
                      ryzanstein.api.v1.LlmService/ListModels  probabilistic 0.01  default
mine·[31m             (any other)                              probabilistic 0.5   default
                      ryzanstein.api.v1.LlmService/ListModels  probabilistic 0.01  default
(any other)           (any other)                              probabilistic 0.5   default
                      ryzanstein.api.v1.LlmService/ListModels  probabilistic 0.01  default
`);
  });

  it('finds it as the services do, and shows those that are asked for', async () => {
    writeFileSync(path, '{"service_strategies":[{"service":"a","type":"probabilistic","param":0.1}]}');
    const run = await cliRun(['sampling', 'a', 'b'], { env: { RYZ_SAMPLING_FILE: path } });
    expect(`\n${run.stdout}`).toBe(`
service  operation  strategy           source
a        (all)      probabilistic 0.1  service entry
b        (all)      probabilistic 1    nothing named: kept whole
`);
  });

  it('prints one JSON object', async () => {
    const run = await cliRun(['sampling', 'ryzanstein-inference', '--file', path, '--json']);
    expect(JSON.parse(run.stdout)).toEqual({
      from: { file: path },
      services: [
        {
          service: 'ryzanstein-inference',
          type: 'ratelimiting',
          param: 0.5,
          source: 'service entry',
          operations: [
            {
              operation: 'ryzanstein.api.v1.LlmService/ListModels',
              type: 'probabilistic',
              param: 0.01,
              source: 'default',
            },
          ],
          at_least_per_second: 0,
        },
      ],
    });
  });

  it('says what is wrong with it', async () => {
    writeFileSync(path, '{"default_strategy":{"type":"probabilistic","param":7}}');
    expect(await cliRun(['sampling', '--file', path])).toEqual({
      code: 1,
      stdout: '',
      stderr: `${path} is not a sampling strategies file: default_strategy.param must be a number from 0 to 1, not 7. Services keep what they read before, or every trace.\n`,
    });
    rmSync(path);
    expect(await cliRun(['sampling', '--file', path])).toEqual({
      code: 1,
      stdout: '',
      stderr: `${path} cannot be read (ENOENT): services keep what they read before, or every trace.\n`,
    });
  });
});

describe('of an endpoint', () => {
  let server: Server;
  let endpoint: string;
  let answer: RequestListener;
  beforeEach(async () => {
    server = createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/sampling`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('shows what it says of each service of the mesh', async () => {
    const asked: unknown[] = [];
    answer = (request, response) => {
      asked.push(request.url);
      const samplingRate = request.url?.endsWith('gpu') === true ? 0.25 : 1;
      const operationSampling = {
        defaultSamplingProbability: 0.25,
        defaultLowerBoundTracesPerSecond: 2,
        perOperationStrategies: [{ operation: 'x', probabilisticSampling: { samplingRate: 0 } }],
      };
      response.end(
        JSON.stringify({
          strategyType: 'PROBABILISTIC',
          probabilisticSampling: { samplingRate },
          ...(samplingRate < 1 ? { operationSampling } : {}),
        }),
      );
    };
    const run = await cliRun(['sampling', '--endpoint', endpoint]);
    expect(`\n${run.stdout}${run.stderr}`).toBe(`
service               operation    strategy                          source
ryzanstein-api        (all)        probabilistic 1                   endpoint
ryzanstein-gpu        (any other)  probabilistic 0.25, at least 2/s  endpoint
                      x            probabilistic 0, at least 2/s     endpoint
ryzanstein-inference  (all)        probabilistic 1                   endpoint
`);
    expect(asked).toEqual(
      ['ryzanstein-api', 'ryzanstein-gpu', 'ryzanstein-inference'].map(
        (service) => `/sampling?service=${service}`,
      ),
    );
  });

  it('says what is wrong with its answer', async () => {
    answer = (_request, response) => void response.writeHead(404).end();
    expect(await cliRun(['sampling', '-e', endpoint])).toEqual({
      code: 1,
      stdout: '',
      stderr: `${endpoint} gives no sampling strategies of ryzanstein-api: it answered with status 404. Jaeger's is http://<host>:5778/sampling.\n`,
    });
  });

  it('cannot stand beside a file, and must be an address', async () => {
    expect(await cliRun(['sampling', '-e', endpoint, '-f', 'x.json'])).toMatchObject({
      code: 2,
      stderr: 'Strategies come from a file or from an endpoint: name one of them.\n',
    });
    expect(await cliRun(['sampling', '-e', 'localhost:5778'])).toMatchObject({ code: 2 });
  });
});
