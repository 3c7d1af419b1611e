// Original file: protos/ryzanstein/gpu/v1/coordinator.proto

import type { Long } from '@grpc/proto-loader';

export interface RunningLease {
  'leaseId'?: (string);
  'epoch'?: (number | string | Long);
  'deviceId'?: (string);
  'slots'?: (number);
}

export interface RunningLease__Output {
  'leaseId': (string);
  'epoch': (string);
  'deviceId': (string);
  'slots': (number);
}
