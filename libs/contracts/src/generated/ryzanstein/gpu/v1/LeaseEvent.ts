// Original file: protos/ryzanstein/gpu/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

// Original file: protos/ryzanstein/gpu/v1/coordinator.proto

export const _ryzanstein_gpu_v1_LeaseEvent_Kind = {
  KIND_UNSPECIFIED: 'KIND_UNSPECIFIED',
  /**
   * Held when the watch began.
   */
  KIND_HELD: 'KIND_HELD',
  KIND_GRANTED: 'KIND_GRANTED',
  KIND_RELEASED: 'KIND_RELEASED',
  /**
   * TTL ran out, or the device was lost.
   */
  KIND_REVOKED: 'KIND_REVOKED',
  KIND_WAITING: 'KIND_WAITING',
  /**
   * A waiter left: cancelled, or past its deadline.
   */
  KIND_LEFT: 'KIND_LEFT',
} as const;

export type _ryzanstein_gpu_v1_LeaseEvent_Kind =
  | 'KIND_UNSPECIFIED'
  | 0
  /**
   * Held when the watch began.
   */
  | 'KIND_HELD'
  | 1
  | 'KIND_GRANTED'
  | 2
  | 'KIND_RELEASED'
  | 3
  /**
   * TTL ran out, or the device was lost.
   */
  | 'KIND_REVOKED'
  | 4
  | 'KIND_WAITING'
  | 5
  /**
   * A waiter left: cancelled, or past its deadline.
   */
  | 'KIND_LEFT'
  | 6

export type _ryzanstein_gpu_v1_LeaseEvent_Kind__Output = typeof _ryzanstein_gpu_v1_LeaseEvent_Kind[keyof typeof _ryzanstein_gpu_v1_LeaseEvent_Kind]

export interface LeaseEvent {
  'kind'?: (_ryzanstein_gpu_v1_LeaseEvent_Kind);
  'leaseId'?: (string);
  'epoch'?: (number | string | Long);
  'gpuId'?: (number);
  'clientId'?: (string);
  'holderId'?: (string);
  'requestId'?: (string);
  'reason'?: (string);
}

export interface LeaseEvent__Output {
  'kind': (_ryzanstein_gpu_v1_LeaseEvent_Kind__Output);
  'leaseId': (string);
  'epoch': (string);
  'gpuId': (number);
  'clientId': (string);
  'holderId': (string);
  'requestId': (string);
  'reason': (string);
}
