// Original file: protos/ryzanstein/api/v1/llm.proto


/**
 * Where the time went, in milliseconds of one process's monotonic clock each: the engine's
 * phases, and api-server's own view.
 */
export interface Timings {
  /**
   * At api-server: waited for a lease.
   */
  'leaseWaitMs'?: (number | string);
  /**
   * At the engine: enqueued to given a slot.
   */
  'queueMs'?: (number | string);
  /**
   * At the engine: given a slot to first token sampled.
   */
  'prefillMs'?: (number | string);
  /**
   * At the engine: first token to last token.
   */
  'decodeMs'?: (number | string);
  /**
   * At api-server: request in to first token out.
   */
  'ttftMs'?: (number | string);
  /**
   * At api-server: request in to last token out.
   */
  'totalMs'?: (number | string);
}

/**
 * Where the time went, in milliseconds of one process's monotonic clock each: the engine's
 * phases, and api-server's own view.
 */
export interface Timings__Output {
  /**
   * At api-server: waited for a lease.
   */
  'leaseWaitMs': (number);
  /**
   * At the engine: enqueued to given a slot.
   */
  'queueMs': (number);
  /**
   * At the engine: given a slot to first token sampled.
   */
  'prefillMs': (number);
  /**
   * At the engine: first token to last token.
   */
  'decodeMs': (number);
  /**
   * At api-server: request in to first token out.
   */
  'ttftMs': (number);
  /**
   * At api-server: request in to last token out.
   */
  'totalMs': (number);
}
