// Original file: protos/ryzanstein/engine/v1/engine.proto

import type { Long } from '@grpc/proto-loader';

export interface Load {
  /**
   * Requests that are served, those for embeddings too, which take no slot.
   */
  'active'?: (number);
  /**
   * Requests that wait in the engine.
   */
  'queued'?: (number);
  'slots'?: (number);
  'kvTokensUsed'?: (number | string | Long);
  'kvTokensLimit'?: (number | string | Long);
  'draining'?: (boolean);
}

export interface Load__Output {
  /**
   * Requests that are served, those for embeddings too, which take no slot.
   */
  'active': (number);
  /**
   * Requests that wait in the engine.
   */
  'queued': (number);
  'slots': (number);
  'kvTokensUsed': (string);
  'kvTokensLimit': (string);
  'draining': (boolean);
}
