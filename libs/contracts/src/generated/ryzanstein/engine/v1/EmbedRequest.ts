// Original file: protos/ryzanstein/engine/v1/engine.proto

import type { Long } from '@grpc/proto-loader';

export interface EmbedRequest {
  /**
   * Model the caller expects. Empty: whatever the engine has.
   */
  'model'?: (string);
  /**
   * 1 to 256 texts, none empty, each of less tokens than the context has.
   */
  'input'?: (string)[];
  /**
   * As in GenerateRequest.
   */
  'leaseId'?: (string);
  'leaseEpoch'?: (number | string | Long);
  'gpuId'?: (number);
}

export interface EmbedRequest__Output {
  /**
   * Model the caller expects. Empty: whatever the engine has.
   */
  'model': (string);
  /**
   * 1 to 256 texts, none empty, each of less tokens than the context has.
   */
  'input': (string)[];
  /**
   * As in GenerateRequest.
   */
  'leaseId': (string);
  'leaseEpoch': (string);
  'gpuId': (number);
}
