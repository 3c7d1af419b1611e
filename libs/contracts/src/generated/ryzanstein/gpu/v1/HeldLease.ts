// Original file: protos/ryzanstein/gpu/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

/**
 * What a holder knows of a lease, enough to rebuild it.
 */
export interface HeldLease {
  'leaseId'?: (string);
  'epoch'?: (number | string | Long);
  'engineId'?: (string);
  'deviceId'?: (string);
  'slots'?: (number);
  'ttlMs'?: (number);
  'clientId'?: (string);
}

/**
 * What a holder knows of a lease, enough to rebuild it.
 */
export interface HeldLease__Output {
  'leaseId': (string);
  'epoch': (string);
  'engineId': (string);
  'deviceId': (string);
  'slots': (number);
  'ttlMs': (number);
  'clientId': (string);
}
