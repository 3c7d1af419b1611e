// Original file: protos/ryzanstein/engine/v1/engine.proto

import type { Long } from '@grpc/proto-loader';

/**
 * Durations in microseconds of the engine's monotonic clock. queue + prefill is the
 * engine's time to first token; queue + prefill + decode the whole `chat` span.
 */
export interface Timings {
  'queueUs'?: (number | string | Long);
  'prefillUs'?: (number | string | Long);
  'decodeUs'?: (number | string | Long);
  /**
   * Decode steps this sequence took part in.
   */
  'steps'?: (number);
  /**
   * Mean sequences per decode step, this one included.
   */
  'meanBatch'?: (number | string);
}

/**
 * Durations in microseconds of the engine's monotonic clock. queue + prefill is the
 * engine's time to first token; queue + prefill + decode the whole `chat` span.
 */
export interface Timings__Output {
  'queueUs': (string);
  'prefillUs': (string);
  'decodeUs': (string);
  /**
   * Decode steps this sequence took part in.
   */
  'steps': (number);
  /**
   * Mean sequences per decode step, this one included.
   */
  'meanBatch': (number);
}
