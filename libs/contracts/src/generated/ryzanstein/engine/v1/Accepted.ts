// Original file: protos/ryzanstein/engine/v1/engine.proto

import type { Long } from '@grpc/proto-loader';

/**
 * The request is valid and queued.
 */
export interface Accepted {
  /**
   * Requests to be served before it, of those in the engine's queue when it came.
   */
  'queuePosition'?: (number);
  'promptTokens'?: (number);
  'seed'?: (number | string | Long);
  'model'?: (string);
}

/**
 * The request is valid and queued.
 */
export interface Accepted__Output {
  /**
   * Requests to be served before it, of those in the engine's queue when it came.
   */
  'queuePosition': (number);
  'promptTokens': (number);
  'seed': (string);
  'model': (string);
}
