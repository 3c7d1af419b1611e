// Original file: protos/ryzanstein/gpu/v1/coordinator.proto

import type { DeviceState as _ryzanstein_gpu_v1_DeviceState, DeviceState__Output as _ryzanstein_gpu_v1_DeviceState__Output } from '../../../ryzanstein/gpu/v1/DeviceState.ts';

export interface ListDevicesResponse {
  'devices'?: (_ryzanstein_gpu_v1_DeviceState)[];
  /**
   * Requests waiting in the fair queue.
   */
  'waiting'?: (number);
}

export interface ListDevicesResponse__Output {
  'devices': (_ryzanstein_gpu_v1_DeviceState__Output)[];
  /**
   * Requests waiting in the fair queue.
   */
  'waiting': (number);
}
