import { spawn, execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { obtainPrograms, startStack } from '@ryzanstein/stack';
import { freePorts } from '../compose/free-ports.ts';
import { caller } from '../mesh/mesh-under-test.ts';
import { until } from '../mesh/stored-trace.ts';
import { meshOnStack, type MeshOnStack } from './mesh-on-stack.ts';
import { sharedStack } from './shared-stack.ts';

interface Report {
  readonly ok: boolean;
  readonly first_broken: string | null;
  readonly hops: readonly {
    readonly hop: string;
    readonly state: string;
    readonly evidence: string;
    readonly cause?: { readonly id: string };
  }[];
}

const ryz = fileURLToPath(new URL('../../tools/cli/dist/ryz.js', import.meta.url));
const stack = sharedStack();
const folder = mkdtempSync(join(tmpdir(), 'ryzanstein-doctor-'));
let mesh: MeshOnStack;

beforeAll(async () => {
  mesh = await meshOnStack(stack);
});
afterAll(async () => {
  await mesh.stop();
  rmSync(folder, { recursive: true });
});

/** Everything that this stack has, by name, so that whatever is away is missed. */
function places(address: string): Record<string, string> {
  const { endpoints } = stack;
  return {
    address,
    'trace-url': endpoints.jaegerQuery,
    otlp: endpoints.otlpGrpc,
    'collector-metrics': endpoints.collectorMetrics,
    prometheus: endpoints.prometheus,
    elasticsearch: endpoints.elasticsearch,
    grafana: 'none',
    kibana: 'none',
    timeout: '10s',
  };
}

/** Runs the program as its users do. */
function doctor(options: Record<string, string> = {}, on = mesh): Promise<{ code: number; report: Report }> {
  const all = { ...places(on.mesh.addresses.api.grpc), ...options };
  const words = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [ryz, 'doctor', ...words, '--json'], { env: {} }, (error, stdout) => {
      const code = error === null ? 0 : Number(error.code);
      try {
        resolve({ code, report: JSON.parse(stdout) as Report });
      } catch {
        reject(new Error(`ryz doctor printed ${stdout}`, { cause: error }));
      }
    });
  });
}

/** The first broken hop and its cause, as `hop: cause`. */
async function firstBroken(options: Record<string, string> = {}, on = mesh): Promise<string> {
  const { code, report } = await doctor(options, on);
  const found = report.hops.find(({ state }) => state === 'broken');
  expect([code, report.ok, report.first_broken]).toEqual(
    found === undefined ? [0, true, null] : [1, false, found.hop],
  );
  return found === undefined ? 'none' : `${found.hop}: ${found.cause?.id}`;
}

/** Looks while one program of the stack is away, and waits until all is well again. */
async function without(
  away: () => Promise<unknown>,
  back: () => Promise<unknown>,
  options: Record<string, string> = {},
): Promise<string> {
  await away();
  try {
    return await firstBroken(options);
  } finally {
    await back();
    await until(
      () => firstBroken(),
      (found) => found === 'none',
      60_000,
    );
  }
}

test('is green on the whole stack, and says what it did not look at', async () => {
  const { code, report } = await doctor();
  expect(code).toBe(0);
  expect(report.hops.map(({ hop, state }) => `${hop} ${state}`)).toEqual([
    'configuration ok',
    'service ok',
    'canary ok',
    'sampling ok',
    'export ok',
    'collector ok',
    'traces ok',
    'metrics ok',
    'exemplar ok',
    'elasticsearch ok',
    'grafana skipped',
    'kibana skipped',
  ]);
});

describe('names the first hop that is broken, and why:', () => {
  const { collector, jaeger, prometheus, elasticsearch } = stack;

  test('a Collector that is gone', async () => {
    expect(
      await without(
        () => collector.stop(),
        () => collector.start(),
      ),
    ).toBe('export: otlp-refused');
  });

  test('a Collector that takes connections and says nothing', async () => {
    expect(
      await without(
        async () => collector.pause(),
        async () => collector.resume(),
      ),
    ).toBe('export: otlp-refused');
  });

  test('Jaeger that is gone', async () => {
    expect(
      await without(
        () => jaeger.stop(),
        () => jaeger.start(),
      ),
    ).toBe('traces: traces-silent');
  });

  test('Prometheus that is gone', async () => {
    expect(
      await without(
        () => prometheus.stop(),
        () => prometheus.start(),
      ),
    ).toBe('metrics: prometheus-silent');
  });

  test('Elasticsearch that is gone', async () => {
    expect(
      await without(
        () => elasticsearch.stop(),
        () => elasticsearch.start(),
      ),
    ).toBe('elasticsearch: elasticsearch-silent');
  });

  test('the HTTP port for an exporter that speaks gRPC', async () => {
    expect(await firstBroken({ otlp: stack.endpoints.otlpHttp })).toBe('export: http-for-grpc');
  });

  test('a port that nobody has', async () => {
    const [port] = await freePorts(1);
    expect(await firstBroken({ otlp: `http://127.0.0.1:${port}` })).toBe('export: otlp-refused');
    expect(await firstBroken({ address: `127.0.0.1:${port}` })).toBe('service: api-down');
  });

  test('TLS to a port that speaks none', async () => {
    const { otlpGrpc } = stack.endpoints;
    expect(await firstBroken({ otlp: otlpGrpc.replace('http:', 'https:') })).toBe('export: tls-to-plaintext');
  });

  test('a port that another program has', async () => {
    expect(await firstBroken({ otlp: stack.endpoints.prometheus })).toBe('export: not-otlp');
  });

  test('a caller that does not keep its trace', async () => {
    const traceparent = caller().traceparent.replace(/01$/, '00');
    expect(await firstBroken({ traceparent })).toBe('sampling: parent-unsampled');
  });

  test('a rate that Jaeger cuts to nothing', async () => {
    const samplingFile = join(folder, 'half-a-trace.json');
    writeFileSync(samplingFile, JSON.stringify({ default_strategy: { type: 'ratelimiting', param: 0.5 } }));
    const other = await startStack({ only: ['jaeger'], samplingFile });
    try {
      const sampling = `${other.endpoints.jaegerSampling}/sampling`;
      expect(await firstBroken({ sampling })).toBe('sampling: rate-truncated');
    } finally {
      await other.stop();
    }
  });

  test('Prometheus that takes no OTLP', async () => {
    const [port] = await freePorts(1);
    const { binary } = await obtainPrograms({ only: ['prometheus'] });
    const config = join(folder, 'prometheus.yml');
    writeFileSync(config, '{}');
    const bare = spawn(
      binary('prometheus', 'prometheus'),
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'bare')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    try {
      const url = `http://127.0.0.1:${port}`;
      await until(
        () =>
          fetch(`${url}/-/ready`).then(
            ({ status }) => status,
            () => 0,
          ),
        (status) => status === 200,
        30_000,
      );
      expect(await firstBroken({ prometheus: url, timeout: '2s' })).toBe('metrics: otlp-receiver-off');
    } finally {
      bare.kill();
      await new Promise((resolve) => bare.once('exit', resolve));
    }
  });
});

describe('of a mesh that is set so', () => {
  async function onMesh(env: Record<string, string>, options: Record<string, string> = {}): Promise<string> {
    const other = await meshOnStack(stack, env);
    try {
      return await firstBroken(options, other);
    } finally {
      await other.stop();
    }
  }

  test('a rate of 0', async () => {
    const strategies = join(folder, 'nothing.json');
    writeFileSync(strategies, JSON.stringify({ default_strategy: { type: 'probabilistic', param: 0 } }));
    expect(await onMesh({ RYZ_SAMPLING_FILE: strategies }, { sampling: strategies })).toBe(
      'sampling: sampling-zero',
    );
  });

  test('a sampler that keeps nothing', async () => {
    expect(await onMesh({ OTEL_TRACES_SAMPLER: 'always_off' })).toBe('sampling: always-off');
  });

  test('spans that go elsewhere', async () => {
    expect(await onMesh({ OTEL_TRACES_EXPORTER: 'none' })).toBe('collector: nothing-arrives');
  });

  test('no engine', async () => {
    const other = await meshOnStack(stack);
    await other.mesh.kill('inference-engine', 'SIGKILL');
    await until(
      () => firstBroken({ timeout: '1s' }, other),
      (found) => found === 'service: not-ready',
      20_000,
    );
    // The engine that was killed cannot be stopped in good order any more.
    await other.mesh.restart('inference-engine');
    await other.stop();
  });
});
