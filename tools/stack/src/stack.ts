import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGuard } from './guard.ts';
import { obtainPrograms } from './obtain.ts';
import { takePortBlock } from './port-block.ts';
import { putTemplates } from './put-templates.ts';
import { createProgram, type Program } from './program.ts';
import {
  planOf,
  programNames,
  workspace,
  type CollectorProfile,
  type PlanContext,
  type ProgramName,
} from './program-plans.ts';
import { readVersions } from './read-versions.ts';
import { assignPorts, type StackPorts } from './stack-ports.ts';
import type { PinName } from './pins.ts';

/** What to run, and how. */
export interface StackOptions {
  /** What the Collector is; default the gateway that keeps everything. */
  readonly collector?: CollectorProfile;
  /** The tail profile of the Collector, in short. */
  readonly tail?: boolean;
  /** Where Jaeger keeps traces; default memory. */
  readonly jaegerStorage?: 'memory' | 'elasticsearch';
  /** The sampling strategies that Jaeger serves; default the shipped ones. */
  readonly samplingFile?: string;
  /** Only these programs; default all. */
  readonly only?: readonly ProgramName[];
  /** Variables of every program, on top of this process's environment without its OTEL_, OTELCOL_ and RYZ_ ones. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ports to use instead of free ones. */
  readonly ports?: Partial<StackPorts>;
  /** First of 24 free ports to take all others from. */
  readonly basePort?: number;
  /** Takes a line for each step. */
  readonly progress?: (line: string) => void;
}

/** Where a stack answers, as URLs. */
export interface StackEndpoints {
  readonly otlpGrpc: string;
  readonly otlpHttp: string;
  readonly jaegerQuery: string;
  readonly jaegerSampling: string;
  readonly jaegerThrift: string;
  readonly prometheus: string;
  readonly elasticsearch: string;
  readonly collectorMetrics: string;
  readonly collectorHealth: string;
}

/** The real programs, running. */
export interface Stack {
  readonly collector: Program;
  readonly jaeger: Program;
  readonly prometheus: Program;
  readonly elasticsearch: Program;
  readonly endpoints: StackEndpoints;
  /** The variables with which the mesh sends its telemetry here. */
  env(): Record<string, string>;
  /** What really runs, as the programs tell it themselves where they do. */
  versions(): Promise<Record<string, string>>;
  /** Stops all, what feeds others first, and removes their data. Gives the names of those that had to be killed. */
  stop(): Promise<string[]>;
}

/**
 * Obtains what is missing and starts the programs with the configurations of `deploy/`, on loopback.
 * None of them outlives this process.
 *
 * @throws Error with what a program said last that did not become ready; nothing is left running
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const { only = programNames, progress = () => {} } = options;
  const env = { ...inherited(process.env), ...options.env };
  const programs = await obtainPrograms({ only: pinsOf(only), progress, env: process.env });
  const block = await takePortBlock(options.basePort);
  const ports = assignPorts(block, options.ports);
  const data = mkdtempSync(join(tmpdir(), 'ryzanstein-stack-'));
  const guard = startGuard();
  guard.folder(data);
  const context: PlanContext = {
    programs,
    ports,
    data,
    collector: options.collector ?? (options.tail === true ? 'gateway-tail' : 'gateway'),
    jaegerStorage: options.jaegerStorage ?? 'memory',
    samplingFile: options.samplingFile ?? join(workspace, 'configs', 'sampling-strategies.json'),
    env,
  };
  const created = Object.fromEntries(
    programNames.map((name) => [name, createProgram(planOf[name](context), guard)]),
  ) as Record<ProgramName, Program>;
  const onExit = (): void => {
    for (const { pid } of Object.values(created)) if (pid !== undefined) process.kill(pid, 'SIGKILL');
  };
  process.on('exit', onExit);
  const stop = async (): Promise<string[]> => {
    const killed: string[] = [];
    // Against the direction of the data: what is still on its way can arrive.
    for (const name of programNames.toReversed())
      if ((await created[name].stop())?.signal === 'SIGKILL') killed.push(name);
    process.off('exit', onExit);
    guard.release();
    block.release();
    rmSync(data, { recursive: true, force: true, maxRetries: 5 });
    return killed;
  };
  const endpoints = endpointsOf(ports);
  try {
    const start = async (name: ProgramName): Promise<void> => {
      if (!only.includes(name)) return;
      const startedAt = performance.now();
      await created[name].start();
      if (name === 'elasticsearch') await putTemplates(endpoints.elasticsearch, env);
      progress(`${name} is ready after ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
    };
    const elasticsearch = start('elasticsearch');
    elasticsearch.catch(() => {});
    if (context.jaegerStorage === 'elasticsearch') await elasticsearch;
    await Promise.all([start('jaeger'), start('prometheus')]);
    await elasticsearch;
    await start('collector');
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...created,
    endpoints,
    env: () => ({
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoints.otlpGrpc,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      RYZ_TRACE_URL: endpoints.jaegerQuery,
    }),
    versions: () => readVersions(endpoints, only),
    stop,
  };
}

function endpointsOf(ports: StackPorts): StackEndpoints {
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  return {
    otlpGrpc: at(ports.otlpGrpc),
    otlpHttp: at(ports.otlpHttp),
    jaegerQuery: at(ports.jaegerQuery),
    jaegerSampling: at(ports.jaegerSampling),
    jaegerThrift: at(ports.jaegerThrift),
    prometheus: at(ports.prometheus),
    elasticsearch: at(ports.elasticsearch),
    collectorMetrics: at(ports.collectorMetrics),
    collectorHealth: at(ports.collectorHealth),
  };
}

function pinsOf(names: readonly ProgramName[]): PinName[] {
  return names.map((name) => (name === 'collector' ? 'otelcol' : name));
}

// A developer's own settings must not decide what a test sees.
function inherited(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !/^(?:RYZ|OTEL|OTELCOL|JAEGER|PROMETHEUS|ELASTICSEARCH)_/.test(name),
    ),
  );
}
