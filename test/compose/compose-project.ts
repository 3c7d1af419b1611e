import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { freePorts } from './free-ports.ts';

const run = promisify(execFile);
const workspace = new URL('../..', import.meta.url).pathname;

/** The ports of the host that a project publishes on, by the variable that sets each. */
export type PublishedPorts = Readonly<Record<(typeof portVariables)[number], number>>;

const portVariables = [
  'RYZ_API_PORT',
  'RYZ_API_HTTP_PORT',
  'OTLP_GRPC_PORT',
  'OTLP_HTTP_PORT',
  'JAEGER_QUERY_PORT',
  'JAEGER_THRIFT_PORT',
  'PROMETHEUS_PORT',
  'GRAFANA_PORT',
  'KIBANA_PORT',
  'ELASTICSEARCH_PORT',
] as const;

/** One container as `docker compose ps` tells of it. */
export interface ContainerState {
  readonly Service: string;
  readonly State: string;
  readonly Health: string;
  readonly ExitCode: number;
}

/** A Compose project of its own, on free ports of loopback. */
export interface ComposeProject {
  readonly ports: PublishedPorts;
  /** Runs `docker compose …`; rejects with what it printed. */
  compose(...words: string[]): Promise<string>;
  containers(): Promise<ContainerState[]>;
}

/** A project of these files of the checkout, in their order. */
export async function composeProject(name: string, files: readonly string[]): Promise<ComposeProject> {
  const free = await freePorts(portVariables.length);
  const ports = Object.fromEntries(
    portVariables.map((variable, index) => [variable, free[index]]),
  ) as PublishedPorts;
  const env = {
    ...process.env,
    ...Object.fromEntries(Object.entries(ports).map(([variable, port]) => [variable, String(port)])),
  };
  const compose = async (...words: string[]): Promise<string> => {
    const { stdout } = await run(
      'docker',
      ['compose', '--project-name', name, ...files.flatMap((file) => ['--file', file]), ...words],
      { cwd: workspace, env, maxBuffer: 64 << 20 },
    );
    return stdout;
  };
  return {
    ports,
    compose,
    async containers() {
      const lines = (await compose('ps', '--all', '--format', 'json')).trim().split('\n');
      return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as ContainerState);
    },
  };
}
