import type { ConfigValues } from '@ryzanstein/runtime';
import {
  address,
  choice,
  defineConfig,
  durationMs,
  injectDelay,
  integer,
  keepaliveMs,
  logLevels,
  tlsVariables,
} from '@ryzanstein/runtime';

/** The environment of the gpu-coordinator. */
export const configTable = defineConfig({
  grpcAddress: address('RYZ_GRPC_ADDRESS', {
    default: '127.0.0.1:50052',
    description: 'Where the coordinator listens; port 0 takes any free one.',
  }),
  leaseTtlMs: durationMs('RYZ_LEASE_TTL_MS', {
    default: 10_000,
    min: 1_000,
    max: 60_000,
    description:
      'How long a lease lives without renewal. After a restart, engines that know earlier leases get new ones only after this time.',
  }),
  deviceStaleMs: durationMs('RYZ_DEVICE_STALE_MS', {
    default: 3_000,
    min: 1_500,
    max: 60_000,
    description: 'An engine that reports nothing for this long is lost. Engines report every second.',
  }),
  maxWaiting: integer('RYZ_MAX_WAITING', {
    default: 1_000,
    min: 0,
    max: 100_000,
    unit: 'requests',
    description: 'Requests in the fair queue; beyond it RESOURCE_EXHAUSTED with a retry hint.',
  }),
  keepaliveMs,
  ...tlsVariables,
  drainMs: durationMs('RYZ_DRAIN_MS', {
    default: 10_000,
    description: 'How long running calls may take to finish after a stop was asked for.',
  }),
  logLevel: choice('RYZ_LOG_LEVEL', logLevels, {
    default: 'info',
    description: 'Least severe log record that is written.',
  }),
  injectDelay,
});

/** The values of the table, read. */
export type Config = ConfigValues<typeof configTable>;
