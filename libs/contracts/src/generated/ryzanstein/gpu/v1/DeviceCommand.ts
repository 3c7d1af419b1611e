// Original file: protos/ryzanstein/gpu/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface DeviceCommand {
  /**
   * The engine refuses leases with a lower epoch.
   */
  'minEpoch'?: (number | string | Long);
  /**
   * Leases to refuse and to cancel now; replaces the earlier set.
   */
  'revokedLeaseIds'?: (string)[];
  /**
   * Number given to each reported device (`ryzanstein.gpu.id`), by device_id.
   */
  'gpuIds'?: ({[key: string]: number});
}

export interface DeviceCommand__Output {
  /**
   * The engine refuses leases with a lower epoch.
   */
  'minEpoch': (string);
  /**
   * Leases to refuse and to cancel now; replaces the earlier set.
   */
  'revokedLeaseIds': (string)[];
  /**
   * Number given to each reported device (`ryzanstein.gpu.id`), by device_id.
   */
  'gpuIds': ({[key: string]: number});
}
