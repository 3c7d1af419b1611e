import type { ConfigValues } from '@ryzanstein/runtime';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { launcherConfig } from './config.ts';
import { reachable, type ListenPlan, type ProcessPlan, type RunningAddresses } from './process-plan.ts';

/** The checkout that this launcher belongs to. */
export const workspace = fileURLToPath(new URL('../../..', import.meta.url));

/** Where each process can be reached, once all are ready. */
export interface MeshAddresses {
  readonly api: { readonly grpc: string; readonly http: string };
  readonly gpu: { readonly grpc: string };
  readonly inference: { readonly grpc: string };
  readonly tracebox?: { readonly otlpGrpc: string; readonly otlpHttp: string; readonly ui: string };
}

/** What can be run, by name: the bundle's path in the workspace. */
export const programs = {
  tracebox: 'tools/tracebox/dist/main.js',
  'gpu-coordinator': 'apps/gpu-coordinator/dist/main.js',
  'inference-engine': 'apps/inference-engine/dist/main.js',
  'api-server': 'apps/api-server/dist/main.js',
} as const;

export type ProgramName = keyof typeof programs;

/** The path of a program's bundle. */
export function programPath(name: ProgramName): string {
  return join(workspace, programs[name]);
}

// On one machine a trace should be on screen right after its answer; 5 s is the SDK's own default.
const exportEveryMs = '200';

/**
 * The mesh in the order in which it starts; it stops in the opposite one, so that nothing loses
 * what it depends on. Without tracebox the processes export where their environment says.
 */
export function meshPlan(
  config: ConfigValues<typeof launcherConfig>,
  { tracebox }: { tracebox: boolean },
): ProcessPlan[] {
  const listen = (key: string, variable: string, setBy: string, address: string): ListenPlan => ({
    key,
    variable,
    setBy,
    address,
  });
  const traced = tracebox ? ['tracebox'] : [];
  const exporting = (running: RunningAddresses): Record<string, string> =>
    tracebox
      ? {
          OTEL_EXPORTER_OTLP_ENDPOINT: `http://${addressOf(running, 'tracebox', 'otlpGrpc')}`,
          OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
        }
      : {};
  const coordinator = (running: RunningAddresses): Record<string, string> => ({
    RYZ_COORDINATOR_ADDRESS: addressOf(running, 'gpu-coordinator', 'grpc'),
  });
  // The chat page asks it for the traces of its requests.
  const storedTraces = (running: RunningAddresses): Record<string, string> =>
    tracebox ? { RYZ_TRACE_URL: `http://${addressOf(running, 'tracebox', 'ui')}` } : {};
  const plan: ProcessPlan[] = [
    {
      name: 'tracebox',
      program: programPath('tracebox'),
      takesTelemetry: true,
      listens: [
        listen(
          'otlpGrpc',
          'RYZ_TRACEBOX_GRPC_ADDRESS',
          'RYZ_TRACEBOX_GRPC_ADDRESS',
          config.traceboxGrpcAddress,
        ),
        listen(
          'otlpHttp',
          'RYZ_TRACEBOX_HTTP_ADDRESS',
          'RYZ_TRACEBOX_HTTP_ADDRESS',
          config.traceboxHttpAddress,
        ),
        listen('ui', 'RYZ_TRACEBOX_UI_ADDRESS', 'RYZ_TRACEBOX_UI_ADDRESS', config.traceboxUiAddress),
      ],
      after: [],
      env: () => ({}),
    },
    {
      name: 'gpu-coordinator',
      program: programPath('gpu-coordinator'),
      listens: [listen('grpc', 'RYZ_GRPC_ADDRESS', 'RYZ_GPU_GRPC_ADDRESS', config.gpuGrpcAddress)],
      after: traced,
      env: exporting,
    },
    {
      name: 'inference-engine',
      program: programPath('inference-engine'),
      listens: [
        listen('grpc', 'RYZ_GRPC_ADDRESS', 'RYZ_INFERENCE_GRPC_ADDRESS', config.inferenceGrpcAddress),
      ],
      after: [...traced, 'gpu-coordinator'],
      env: (running) => ({ ...exporting(running), ...coordinator(running) }),
    },
    {
      name: 'api-server',
      program: programPath('api-server'),
      listens: [
        listen('grpc', 'RYZ_GRPC_ADDRESS', 'RYZ_API_GRPC_ADDRESS', config.apiGrpcAddress),
        listen('http', 'RYZ_HTTP_ADDRESS', 'RYZ_API_HTTP_ADDRESS', config.apiHttpAddress),
      ],
      after: [...traced, 'gpu-coordinator'],
      env: (running) => ({ ...exporting(running), ...coordinator(running), ...storedTraces(running) }),
    },
  ];
  return plan.filter(({ name }) => tracebox || name !== 'tracebox');
}

/** Variables that every process of a laptop's mesh gets unless the user has set them. */
export const laptopDefaults: Readonly<Record<string, string>> = {
  OTEL_BSP_SCHEDULE_DELAY: exportEveryMs,
  OTEL_BLRP_SCHEDULE_DELAY: exportEveryMs,
  RYZ_SPAN_JOURNAL: join(workspace, '.cache/spans'),
  // glibc keeps an arena per thread and raises its thresholds with use, so that freed memory stays
  // resident. It reads these before a process's own code runs; other C libraries ignore them.
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '65536',
  MALLOC_TRIM_THRESHOLD_: '131072',
};

/** Sorts what the processes reported. */
export function meshAddresses(running: RunningAddresses): MeshAddresses {
  return {
    api: {
      grpc: addressOf(running, 'api-server', 'grpc'),
      http: addressOf(running, 'api-server', 'http'),
    },
    gpu: { grpc: addressOf(running, 'gpu-coordinator', 'grpc') },
    inference: { grpc: addressOf(running, 'inference-engine', 'grpc') },
    ...(running.tracebox === undefined
      ? {}
      : {
          tracebox: {
            otlpGrpc: addressOf(running, 'tracebox', 'otlpGrpc'),
            otlpHttp: addressOf(running, 'tracebox', 'otlpHttp'),
            ui: addressOf(running, 'tracebox', 'ui'),
          },
        }),
  };
}

function addressOf(running: RunningAddresses, name: string, key: string): string {
  const address = running[name]?.[key];
  if (address === undefined) throw new Error(`${name} did not say where it listens for ${key}.`);
  return reachable(address);
}
