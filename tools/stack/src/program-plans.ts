import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeClass } from './elasticsearch-jars.ts';
import type { ObtainedPrograms } from './obtain.ts';
import { readPins } from './pins.ts';
import { answers } from './poll.ts';
import type { ProgramPlan } from './program.ts';
import type { StackPorts } from './stack-ports.ts';
import { findJava } from './toolchain.ts';

/** The checkout whose configurations are run. */
export const workspace = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '');

/** The long-running programs of a stack. */
export const programNames = ['elasticsearch', 'jaeger', 'prometheus', 'collector'] as const;

export type ProgramName = (typeof programNames)[number];

/** The Collector's configurations, by the names of their files. */
export type CollectorProfile = 'gateway' | 'gateway-tail' | 'gateway-light' | 'agent';

/** What the plans of one stack have in common. */
export interface PlanContext {
  readonly programs: ObtainedPrograms;
  readonly ports: StackPorts;
  /** Folder of this stack alone; each program has one below it. */
  readonly data: string;
  readonly collector: CollectorProfile;
  readonly jaegerStorage: 'memory' | 'elasticsearch';
  readonly samplingFile: string;
  /** The environment that the programs inherit, with what the caller adds. */
  readonly env: NodeJS.ProcessEnv;
}

const host = '127.0.0.1';
const inDeploy = (...path: string[]): string => join(workspace, 'deploy', ...path);

/** The variables that the Collector's configurations read. */
export function collectorEnv({ ports, data, env }: PlanContext): NodeJS.ProcessEnv {
  return {
    OTELCOL_LISTEN_HOST: host,
    OTELCOL_OTLP_GRPC_PORT: String(ports.otlpGrpc),
    OTELCOL_OTLP_HTTP_PORT: String(ports.otlpHttp),
    OTELCOL_HEALTH_PORT: String(ports.collectorHealth),
    OTELCOL_METRICS_PORT: String(ports.collectorMetrics),
    OTELCOL_STORAGE_DIR: join(data, 'collector'),
    JAEGER_OTLP_ENDPOINT: `${host}:${ports.jaegerOtlp}`,
    PROMETHEUS_OTLP_ENDPOINT: `http://${host}:${ports.prometheus}/api/v1/otlp`,
    ELASTICSEARCH_URL: `http://${host}:${ports.elasticsearch}`,
    ...env,
  };
}

/** The variables that Jaeger's configurations read. */
export function jaegerEnv({ ports, samplingFile, env }: PlanContext): NodeJS.ProcessEnv {
  return {
    JAEGER_LISTEN_HOST: host,
    JAEGER_QUERY_PORT: String(ports.jaegerQuery),
    JAEGER_QUERY_GRPC_PORT: String(ports.jaegerQueryGrpc),
    JAEGER_OTLP_GRPC_PORT: String(ports.jaegerOtlp),
    JAEGER_OTLP_HTTP_PORT: String(ports.jaegerOtlpHttp),
    JAEGER_THRIFT_PORT: String(ports.jaegerThrift),
    JAEGER_SAMPLING_PORT: String(ports.jaegerSampling),
    JAEGER_SAMPLING_GRPC_PORT: String(ports.jaegerSamplingGrpc),
    JAEGER_HEALTH_PORT: String(ports.jaegerHealth),
    JAEGER_METRICS_PORT: String(ports.jaegerMetrics),
    JAEGER_SAMPLING_FILE: samplingFile,
    PROMETHEUS_URL: `http://${host}:${ports.prometheus}`,
    ELASTICSEARCH_URL: `http://${host}:${ports.elasticsearch}`,
    ...env,
  };
}

/** How each program is run. */
export const planOf: Readonly<Record<ProgramName, (context: PlanContext) => ProgramPlan>> = {
  collector(context) {
    const { programs, ports, collector, data } = context;
    mkdirSync(join(data, 'collector'), { recursive: true });
    return {
      name: 'collector',
      command: programs.binary('otelcol', 'otelcol'),
      args: ['--config', inDeploy('otel-collector', `${collector}.yaml`)],
      env: collectorEnv(context),
      cwd: join(data, 'collector'),
      ready: async () =>
        (await answers(`http://${host}:${ports.collectorHealth}/`)) &&
        (await answers(`http://${host}:${ports.collectorMetrics}/metrics`)),
      readyWithinMs: 60_000,
    };
  },
  jaeger(context) {
    const { programs, ports, jaegerStorage, data } = context;
    mkdirSync(join(data, 'jaeger'), { recursive: true });
    const file = jaegerStorage === 'memory' ? 'jaeger.yaml' : 'jaeger-elasticsearch.yaml';
    return {
      name: 'jaeger',
      command: programs.binary('jaeger', 'jaeger'),
      args: ['--config', `file:${inDeploy('jaeger', file)}`],
      env: jaegerEnv(context),
      cwd: join(data, 'jaeger'),
      // Its health turns good before the query API is there.
      ready: async () =>
        (await answers(`http://${host}:${ports.jaegerHealth}/status`, (body) => body.includes('StatusOK'))) &&
        (await answers(`http://${host}:${ports.jaegerQuery}/api/services`, (body) => body.startsWith('{'))) &&
        (await answers(`http://${host}:${ports.jaegerSampling}/sampling?service=ready`)),
      readyWithinMs: 60_000,
    };
  },
  prometheus({ programs, ports, data, env }) {
    const folder = join(data, 'prometheus');
    const config = join(folder, 'config');
    // Scrape targets stand in a file beside the configuration, and those of compose are others.
    cpSync(inDeploy('prometheus'), config, { recursive: true });
    for (const [job, target] of scrapeTargets(ports))
      writeFileSync(join(config, 'targets', `${job}.json`), target);
    return {
      name: 'prometheus',
      command: programs.binary('prometheus', 'prometheus'),
      args: [
        `--config.file=${join(config, 'prometheus.yml')}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=${host}:${ports.prometheus}`,
        '--web.enable-otlp-receiver',
        '--enable-feature=exemplar-storage',
      ],
      env,
      cwd: folder,
      ready: () => answers(`http://${host}:${ports.prometheus}/-/ready`),
      readyWithinMs: 60_000,
    };
  },
  elasticsearch({ programs, ports, data, env }) {
    const { java } = readPins().elasticsearch;
    const jars = programs.binary('elasticsearch', '.');
    const folder = join(data, 'elasticsearch');
    mkdirSync(folder, { recursive: true });
    return {
      name: 'elasticsearch',
      command: join(findJava(java, env), 'bin', 'java'),
      args: [
        '-Xms512m',
        '-Xmx512m',
        '--enable-native-access=ALL-UNNAMED',
        '-cp',
        [join(jars, 'classes'), join(jars, 'lib', '*')].join(delimiter),
        nodeClass,
        jars,
        folder,
        String(ports.elasticsearch),
      ],
      env,
      cwd: folder,
      ready: () =>
        answers(`http://${host}:${ports.elasticsearch}/_cluster/health`, (body) =>
          /"status":"(green|yellow)"/.test(body),
        ),
      readyWithinMs: 180_000,
    };
  },
};

/** Each job and its file, in place of the one that names a container. */
function scrapeTargets(ports: StackPorts): [job: string, file: string][] {
  const jobs = {
    otelcol: ports.collectorMetrics,
    jaeger: ports.jaegerMetrics,
    prometheus: ports.prometheus,
  };
  return Object.entries(jobs).map(([job, port]) => [job, JSON.stringify([{ targets: [`${host}:${port}`] }])]);
}
