import {
  address,
  choice,
  defineConfig,
  durationMs,
  flag,
  integer,
  keepaliveMs,
  logLevels,
  path,
  url,
  type ConfigValues,
} from '@ryzanstein/runtime';
import { isLoopback } from './domain/loopback.ts';

/** The environment of the api-server. */
export const configTable = defineConfig({
  grpcAddress: address('RYZ_GRPC_ADDRESS', {
    default: '127.0.0.1:50051',
    description: 'Where the public gRPC API listens; port 0 takes any free one.',
  }),
  httpAddress: address('RYZ_HTTP_ADDRESS', {
    default: '127.0.0.1:8080',
    description: "Where OpenAI's HTTP API is offered; port 0 takes any free one.",
  }),
  webChat: flag('RYZ_WEB_CHAT', {
    default: false,
    description: 'Whether `/chat` on the HTTP address is a page to talk to the models and watch the traces.',
  }),
  traceUrl: url('RYZ_TRACE_URL', {
    default: 'http://localhost:16686',
    description: 'Where that page has the traces from: Jaeger or tracebox, as this process reaches it.',
  }),
  traceLinkUrl: url('RYZ_TRACE_LINK_URL', {
    optional: true,
    description: 'The same as browsers reach it, for links; `RYZ_TRACE_URL` where it is not set.',
  }),
  coordinatorAddress: address('RYZ_COORDINATOR_ADDRESS', {
    default: '127.0.0.1:50052',
    description: 'Where the gpu-coordinator listens.',
  }),
  apiKeysFile: path('RYZ_API_KEYS_FILE', {
    optional: true,
    description:
      'File of the API keys that callers must show, over gRPC and HTTP; read again when it changes. Without one, anyone may call.',
  }),
  allowAnonymous: flag('RYZ_ALLOW_ANONYMOUS', {
    default: false,
    description:
      'Lets the process listen beyond loopback without RYZ_API_KEYS_FILE, where the network keeps others away.',
  }),
  maxConcurrent: integer('RYZ_MAX_CONCURRENT', {
    default: 256,
    min: 1,
    max: 100_000,
    unit: 'requests',
    description: 'Requests in flight, waiting ones included; beyond it RESOURCE_EXHAUSTED with a retry hint.',
  }),
  defaultDeadlineMs: durationMs('RYZ_DEFAULT_DEADLINE_MS', {
    default: 60_000,
    min: 1,
    description: 'Deadline of callers that set none.',
  }),
  maxDeadlineMs: durationMs('RYZ_MAX_DEADLINE_MS', {
    default: 120_000,
    min: 1,
    description: 'Longest deadline that any caller gets.',
  }),
  keepaliveMs,
  drainMs: durationMs('RYZ_DRAIN_MS', {
    default: 10_000,
    description: 'How long running requests may take to finish after a stop was asked for.',
  }),
  logLevel: choice('RYZ_LOG_LEVEL', logLevels, {
    default: 'info',
    description: 'Least severe log record that is written.',
  }),
});

/** The values of the table, read. */
export type Config = ConfigValues<typeof configTable>;

/** What is wrong with values that are each allowed: nobody opens the mesh to a network by mistake. */
export function configProblems(config: Partial<Config>): readonly string[] {
  if (config.apiKeysFile !== undefined || config.allowAnonymous === true) return [];
  return ([configTable.grpcAddress, configTable.httpAddress] as const).flatMap(({ name }, index) => {
    const listens = index === 0 ? config.grpcAddress : config.httpAddress;
    if (listens === undefined || isLoopback(listens)) return [];
    return [
      `${name}=${listens} lets other machines call, and no API key is asked for; set RYZ_API_KEYS_FILE (\`ryz keys new\` makes keys), listen on 127.0.0.1, or set RYZ_ALLOW_ANONYMOUS=1 where the network keeps others away`,
    ];
  });
}
