// Original file: protos/ryzanstein/gpu/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

/**
 * Permission to run `slots` sequences on one device for `ttl_ms`, renewable.
 */
export interface Lease {
  'leaseId'?: (string);
  /**
   * Fencing number: term << 32 | counter. Grows with each grant.
   */
  'epoch'?: (number | string | Long);
  /**
   * The device, as the coordinator numbers it (`ryzanstein.gpu.id`).
   */
  'gpuId'?: (number);
  /**
   * The device, as its engine names it.
   */
  'deviceId'?: (string);
  /**
   * "cpu" or "gpu".
   */
  'gpuKind'?: (string);
  /**
   * Human-readable device name.
   */
  'gpuName'?: (string);
  /**
   * The engine that has the device, and where it listens (host:port).
   */
  'engineId'?: (string);
  'engineAddress'?: (string);
  'model'?: (string);
  'slots'?: (number);
  'ttlMs'?: (number);
  /**
   * Microseconds between the request's arrival and the grant.
   */
  'waitedUs'?: (number | string | Long);
  /**
   * How many were ahead in the queue on arrival; 0 where it did not wait.
   */
  'queuePosition'?: (number);
  /**
   * Why this device and why now, in a few words ("free_slot", "after_release", ...).
   */
  'reason'?: (string);
}

/**
 * Permission to run `slots` sequences on one device for `ttl_ms`, renewable.
 */
export interface Lease__Output {
  'leaseId': (string);
  /**
   * Fencing number: term << 32 | counter. Grows with each grant.
   */
  'epoch': (string);
  /**
   * The device, as the coordinator numbers it (`ryzanstein.gpu.id`).
   */
  'gpuId': (number);
  /**
   * The device, as its engine names it.
   */
  'deviceId': (string);
  /**
   * "cpu" or "gpu".
   */
  'gpuKind': (string);
  /**
   * Human-readable device name.
   */
  'gpuName': (string);
  /**
   * The engine that has the device, and where it listens (host:port).
   */
  'engineId': (string);
  'engineAddress': (string);
  'model': (string);
  'slots': (number);
  'ttlMs': (number);
  /**
   * Microseconds between the request's arrival and the grant.
   */
  'waitedUs': (string);
  /**
   * How many were ahead in the queue on arrival; 0 where it did not wait.
   */
  'queuePosition': (number);
  /**
   * Why this device and why now, in a few words ("free_slot", "after_release", ...).
   */
  'reason': (string);
}
