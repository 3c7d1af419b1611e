import {
  address,
  choice,
  defineConfig,
  durationMs,
  integer,
  keepaliveMs,
  logLevels,
  tlsVariables,
  type ConfigValues,
} from '@ryzanstein/runtime';

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
  coordinatorAddress: address('RYZ_COORDINATOR_ADDRESS', {
    default: '127.0.0.1:50052',
    description: 'Where the gpu-coordinator listens.',
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
  ...tlsVariables,
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
