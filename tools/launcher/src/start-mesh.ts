import { openTls, readConfig, silentLogger, systemClock, tlsVariables } from '@ryzanstein/runtime';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launcherConfig } from './config.ts';
import { waitUntilServing } from './health.ts';
import { createMesh } from './mesh.ts';
import {
  laptopDefaults,
  meshAddresses,
  meshPlan,
  workspace,
  type MeshAddresses,
  type ProgramName,
} from './mesh-plan.ts';
import type { ProcessPlan } from './process-plan.ts';
import { ProcessEnded, type ProcessExit, type SupervisedProcess } from './supervised-process.ts';

export interface StartMeshOptions {
  /** Variables of every process, on top of this process's environment without its RYZ_ and OTEL_ ones. */
  readonly env?: Readonly<Record<string, string>>;
  /** Variables of one process, by its name; they win over those of all, and over the addresses that it is told. */
  readonly envOf?: Readonly<Partial<Record<MeshProcess, Readonly<Record<string, string>>>>>;
  /** How many engines there are; default 1. The second is `inference-engine-2`. */
  readonly engines?: number;
  /** Whether a tracebox runs and takes the telemetry; default true. Without it nothing is exported unless `env` says where. */
  readonly tracebox?: boolean;
  /** Takes each line of output. */
  readonly logs?: (name: MeshProcess, line: string) => void;
  /** Default 60 s per process, and again for the whole to be healthy. */
  readonly startTimeoutMs?: number;
}

/** A process of a mesh, by its name. */
export type MeshProcess = ProgramName | `inference-engine-${number}`;

/** A whole mesh in processes of its own, on free ports. */
export interface RunningMesh {
  readonly addresses: MeshAddresses;
  /** By name; a restarted one replaces its entry. */
  readonly processes: ReadonlyMap<string, SupervisedProcess>;
  /** Sends a signal to one process; with the end awaited where the signal is SIGTERM or SIGKILL. */
  kill(name: MeshProcess, signal?: NodeJS.Signals): Promise<ProcessExit | undefined>;
  /** Starts one again that has ended, at the addresses that it had. */
  restart(name: MeshProcess): Promise<void>;
  /** Stops all; gives the names of those that had to be killed, which is none where all is well. */
  stop(): Promise<readonly string[]>;
}

const stopWithinMs = 15_000;

/**
 * Starts the real mesh from its bundles, in a store that keeps nothing, and waits until it is healthy.
 *
 * @throws Error with what the process said that did not start; nothing is left running
 */
export async function startMesh(options: StartMeshOptions = {}): Promise<RunningMesh> {
  const { tracebox = true, engines = 1, startTimeoutMs = 60_000, logs } = options;
  // Of its own: another mesh must not take over what this one's killed processes leave.
  const journal = mkdtempSync(join(tmpdir(), 'ryzanstein-journal-'));
  const env = {
    ...inherited(process.env),
    ...laptopDefaults,
    RYZ_SPAN_JOURNAL: journal,
    ...(tracebox ? { RYZ_TRACEBOX_FILE: ':memory:' } : withoutExport(options.env)),
    ...options.env,
  };
  const tls = openTls(readConfig(tlsVariables, { ...options.env, ...options.envOf?.['api-server'] }), {
    clock: systemClock,
    logger: silentLogger,
  });
  tls.close();
  const plan = meshPlan(readConfig(launcherConfig, anyPort), { tracebox })
    .flatMap((step) => (step.name === 'inference-engine' ? severalOf(step, engines) : [step]))
    .map((step) => withEnv(step, options.envOf?.[step.name as MeshProcess]));
  const missing = plan.filter(({ program }) => !existsSync(program)).map(({ name }) => name);
  if (missing.length > 0) throw new Error(`${missing.join(', ')} not built: run \`npm run build\`.`);
  const mesh = createMesh(plan, {
    env,
    cwd: workspace,
    startTimeoutMs,
    onLine: (name, line) => logs?.(name as MeshProcess, line),
  });
  const onExit = (): void => mesh.killAll();
  process.on('exit', onExit);
  const stop = async (): Promise<readonly string[]> => {
    const killed = await mesh.stop(stopWithinMs);
    rmSync(journal, { recursive: true, force: true });
    process.off('exit', onExit);
    return killed;
  };
  try {
    const addresses = meshAddresses(await mesh.start());
    await waitUntilServing(addresses.api.grpc, 'ryzanstein.api.v1.LlmService', {
      timeoutMs: startTimeoutMs,
      signal: new AbortController().signal,
      tls: tls.client,
    });
    return {
      addresses,
      processes: mesh.processes,
      restart: (name) => mesh.restart(name),
      async kill(name, signal = 'SIGKILL') {
        const child = mesh.processes.get(name);
        child?.signal(signal);
        return signal === 'SIGKILL' || signal === 'SIGTERM' ? child?.exited : undefined;
      },
      stop,
    };
  } catch (error) {
    await stop();
    if (!(error instanceof ProcessEnded)) throw error;
    throw new Error([error.message, ...error.exit.lastWords].join('\n  '), { cause: error });
  }
}

const anyPort = Object.fromEntries(
  Object.values(launcherConfig)
    .filter(({ name }) => name.endsWith('_ADDRESS'))
    .map(({ name }) => [name, '127.0.0.1:0']),
);

// Each takes a port of its own, since the port asked for is any.
function severalOf(step: ProcessPlan, count: number): ProcessPlan[] {
  return Array.from({ length: count }, (_, index) =>
    index === 0 ? step : { ...step, name: `${step.name}-${index + 1}` },
  );
}

function withEnv(step: ProcessPlan, env: Readonly<Record<string, string>> = {}): ProcessPlan {
  return { ...step, env: (running) => ({ ...step.env(running), ...env }) };
}

// A developer's own settings must not decide what a test sees.
function inherited(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(?:RYZ|OTEL)_/.test(name)));
}

function withoutExport(env: StartMeshOptions['env']): Readonly<Record<string, string>> {
  return env !== undefined && 'OTEL_EXPORTER_OTLP_ENDPOINT' in env
    ? {}
    : { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
}
