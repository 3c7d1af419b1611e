// Original file: protos/ryzanstein/gpu/v1/coordinator.proto


export interface ReleaseResponse {
  /**
   * False where the lease was unknown or already given back.
   */
  'released'?: (boolean);
  /**
   * Milliseconds that others waited while this lease held its slots.
   */
  'blockedMs'?: (number | string);
}

export interface ReleaseResponse__Output {
  /**
   * False where the lease was unknown or already given back.
   */
  'released': (boolean);
  /**
   * Milliseconds that others waited while this lease held its slots.
   */
  'blockedMs': (number);
}
