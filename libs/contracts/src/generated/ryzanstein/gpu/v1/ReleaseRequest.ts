// Original file: protos/ryzanstein/gpu/v1/coordinator.proto


export interface ReleaseRequest {
  /**
   * One of the two is set: the key alone gives back a grant that raced a cancel.
   */
  'leaseId'?: (string);
  'idempotencyKey'?: (string);
  'holderId'?: (string);
  /**
   * Why it ends: "done", "cancelled", "failed", "refused", "raced".
   */
  'outcome'?: (string);
}

export interface ReleaseRequest__Output {
  /**
   * One of the two is set: the key alone gives back a grant that raced a cancel.
   */
  'leaseId': (string);
  'idempotencyKey': (string);
  'holderId': (string);
  /**
   * Why it ends: "done", "cancelled", "failed", "refused", "raced".
   */
  'outcome': (string);
}
