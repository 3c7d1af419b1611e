// Original file: protos/ryzanstein/gpu/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface Load {
  'active'?: (number);
  'queued'?: (number);
  'kvTokensUsed'?: (number | string | Long);
  'kvTokensLimit'?: (number | string | Long);
  /**
   * Bytes of device memory; 0 where there is none of its own.
   */
  'memoryUsedBytes'?: (number | string | Long);
  'memoryTotalBytes'?: (number | string | Long);
}

export interface Load__Output {
  'active': (number);
  'queued': (number);
  'kvTokensUsed': (string);
  'kvTokensLimit': (string);
  /**
   * Bytes of device memory; 0 where there is none of its own.
   */
  'memoryUsedBytes': (string);
  'memoryTotalBytes': (string);
}
