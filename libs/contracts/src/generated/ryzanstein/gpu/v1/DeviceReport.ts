// Original file: protos/ryzanstein/gpu/v1/coordinator.proto

import type { Device as _ryzanstein_gpu_v1_Device, Device__Output as _ryzanstein_gpu_v1_Device__Output } from '../../../ryzanstein/gpu/v1/Device.ts';
import type { RunningLease as _ryzanstein_gpu_v1_RunningLease, RunningLease__Output as _ryzanstein_gpu_v1_RunningLease__Output } from '../../../ryzanstein/gpu/v1/RunningLease.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * Sent when the stream opens, on any change, and at least once a second.
 */
export interface DeviceReport {
  /**
   * Unique per start of an engine process. Not empty.
   */
  'engineId'?: (string);
  /**
   * Where the engine serves InferenceEngine, host:port as others reach it.
   */
  'engineAddress'?: (string);
  'devices'?: (_ryzanstein_gpu_v1_Device)[];
  /**
   * Leases the engine is running or has queued now; rebuilds a restarted coordinator.
   */
  'running'?: (_ryzanstein_gpu_v1_RunningLease)[];
  /**
   * Highest lease epoch the engine has seen; a new term starts above it.
   */
  'highestEpoch'?: (number | string | Long);
  /**
   * True while the engine finishes what it has and takes no new work.
   */
  'draining'?: (boolean);
}

/**
 * Sent when the stream opens, on any change, and at least once a second.
 */
export interface DeviceReport__Output {
  /**
   * Unique per start of an engine process. Not empty.
   */
  'engineId': (string);
  /**
   * Where the engine serves InferenceEngine, host:port as others reach it.
   */
  'engineAddress': (string);
  'devices': (_ryzanstein_gpu_v1_Device__Output)[];
  /**
   * Leases the engine is running or has queued now; rebuilds a restarted coordinator.
   */
  'running': (_ryzanstein_gpu_v1_RunningLease__Output)[];
  /**
   * Highest lease epoch the engine has seen; a new term starts above it.
   */
  'highestEpoch': (string);
  /**
   * True while the engine finishes what it has and takes no new work.
   */
  'draining': (boolean);
}
