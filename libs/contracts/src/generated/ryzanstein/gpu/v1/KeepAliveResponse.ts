// Original file: protos/ryzanstein/gpu/v1/coordinator.proto


export interface KeepAliveResponse {
  /**
   * Leases of the request that are not valid any more.
   */
  'lostLeaseIds'?: (string)[];
  /**
   * Send the next message within this many ms (a third of the shortest TTL, at most 3 000).
   */
  'nextWithinMs'?: (number);
}

export interface KeepAliveResponse__Output {
  /**
   * Leases of the request that are not valid any more.
   */
  'lostLeaseIds': (string)[];
  /**
   * Send the next message within this many ms (a third of the shortest TTL, at most 3 000).
   */
  'nextWithinMs': (number);
}
