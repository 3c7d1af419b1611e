// Original file: protos/ryzanstein/engine/v1/engine.proto


/**
 * Text that became certain: whole characters, no part of a possible stop text.
 */
export interface Delta {
  'text'?: (string);
  /**
   * Tokens behind `text`. Their sum over the stream is `usage.completion_tokens`.
   */
  'tokens'?: (number);
}

/**
 * Text that became certain: whole characters, no part of a possible stop text.
 */
export interface Delta__Output {
  'text': (string);
  /**
   * Tokens behind `text`. Their sum over the stream is `usage.completion_tokens`.
   */
  'tokens': (number);
}
