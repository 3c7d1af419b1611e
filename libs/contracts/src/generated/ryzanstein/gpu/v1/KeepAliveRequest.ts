// Original file: protos/ryzanstein/gpu/v1/coordinator.proto

import type { HeldLease as _ryzanstein_gpu_v1_HeldLease, HeldLease__Output as _ryzanstein_gpu_v1_HeldLease__Output } from '../../../ryzanstein/gpu/v1/HeldLease.ts';

export interface KeepAliveRequest {
  /**
   * As in AcquireRequest. Not empty.
   */
  'holderId'?: (string);
  /**
   * Every lease the holder has. After a coordinator's restart the list rebuilds its state.
   */
  'leases'?: (_ryzanstein_gpu_v1_HeldLease)[];
}

export interface KeepAliveRequest__Output {
  /**
   * As in AcquireRequest. Not empty.
   */
  'holderId': (string);
  /**
   * Every lease the holder has. After a coordinator's restart the list rebuilds its state.
   */
  'leases': (_ryzanstein_gpu_v1_HeldLease__Output)[];
}
