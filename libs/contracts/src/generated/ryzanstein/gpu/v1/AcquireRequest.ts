// Original file: protos/ryzanstein/gpu/v1/coordinator.proto


export interface AcquireRequest {
  /**
   * Whose turn it is in the fair queue. Set by api-server; not empty.
   */
  'clientId'?: (string);
  /**
   * A repeated Acquire with the same key gets the same lease. Not empty; unique per request.
   */
  'idempotencyKey'?: (string);
  /**
   * Name of the process that will renew the lease on its KeepAlive stream. Not empty.
   */
  'holderId'?: (string);
  /**
   * Model the device must serve. Empty: any device.
   */
  'model'?: (string);
  /**
   * Sequences to run at once. 0 is read as 1.
   */
  'slots'?: (number);
  /**
   * Tokens of KV cache wanted, prompt and completion together; for placement and reports.
   */
  'kvTokens'?: (number);
  /**
   * Higher goes first, 0 to 9.
   */
  'priority'?: (number);
  /**
   * How long the lease lives without renewal, in ms. 0: the coordinator's default (10 000).
   */
  'ttlMs'?: (number);
  /**
   * Lease ids this holder was refused by an engine; they are dropped before a new grant.
   */
  'replacesLeaseIds'?: (string)[];
  /**
   * Engines to leave out, by engine_id, because they failed this very request.
   */
  'avoidEngineIds'?: (string)[];
  /**
   * The same for requests whose prompts begin alike, so that they may share a cache; a hash, never
   * the prompt. Empty: no such wish.
   */
  'prefixKey'?: (string);
}

export interface AcquireRequest__Output {
  /**
   * Whose turn it is in the fair queue. Set by api-server; not empty.
   */
  'clientId': (string);
  /**
   * A repeated Acquire with the same key gets the same lease. Not empty; unique per request.
   */
  'idempotencyKey': (string);
  /**
   * Name of the process that will renew the lease on its KeepAlive stream. Not empty.
   */
  'holderId': (string);
  /**
   * Model the device must serve. Empty: any device.
   */
  'model': (string);
  /**
   * Sequences to run at once. 0 is read as 1.
   */
  'slots': (number);
  /**
   * Tokens of KV cache wanted, prompt and completion together; for placement and reports.
   */
  'kvTokens': (number);
  /**
   * Higher goes first, 0 to 9.
   */
  'priority': (number);
  /**
   * How long the lease lives without renewal, in ms. 0: the coordinator's default (10 000).
   */
  'ttlMs': (number);
  /**
   * Lease ids this holder was refused by an engine; they are dropped before a new grant.
   */
  'replacesLeaseIds': (string)[];
  /**
   * Engines to leave out, by engine_id, because they failed this very request.
   */
  'avoidEngineIds': (string)[];
  /**
   * The same for requests whose prompts begin alike, so that they may share a cache; a hash, never
   * the prompt. Empty: no such wish.
   */
  'prefixKey': (string);
}
