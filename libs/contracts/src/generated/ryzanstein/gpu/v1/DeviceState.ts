// Original file: protos/ryzanstein/gpu/v1/coordinator.proto

import type { Device as _ryzanstein_gpu_v1_Device, Device__Output as _ryzanstein_gpu_v1_Device__Output } from '../../../ryzanstein/gpu/v1/Device.ts';

export interface DeviceState {
  'gpuId'?: (number);
  'engineId'?: (string);
  'engineAddress'?: (string);
  'device'?: (_ryzanstein_gpu_v1_Device | null);
  /**
   * False where reports stopped or the engine drains.
   */
  'live'?: (boolean);
  /**
   * Leases out on it now.
   */
  'leased'?: (number);
}

export interface DeviceState__Output {
  'gpuId': (number);
  'engineId': (string);
  'engineAddress': (string);
  'device': (_ryzanstein_gpu_v1_Device__Output | null);
  /**
   * False where reports stopped or the engine drains.
   */
  'live': (boolean);
  /**
   * Leases out on it now.
   */
  'leased': (number);
}
