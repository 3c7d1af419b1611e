// Original file: protos/ryzanstein/engine/v1/engine.proto

import type { Long } from '@grpc/proto-loader';

export interface EmbedRequest {
  'model'?: (string);
  'input'?: (string)[];
  'leaseId'?: (string);
  'leaseEpoch'?: (number | string | Long);
}

export interface EmbedRequest__Output {
  'model': (string);
  'input': (string)[];
  'leaseId': (string);
  'leaseEpoch': (string);
}
