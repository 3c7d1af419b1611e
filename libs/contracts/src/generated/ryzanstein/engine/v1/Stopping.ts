// Original file: protos/ryzanstein/engine/v1/engine.proto


export interface Stopping {
  /**
   * 0 is read as the default, 256, cut to what the context leaves. A given number that does
   * not fit is refused.
   */
  'maxTokens'?: (number);
  /**
   * Texts before which generation ends.
   */
  'stop'?: (string)[];
  /**
   * Go on past the end-of-text token, for measurements.
   */
  'ignoreEos'?: (boolean);
}

export interface Stopping__Output {
  /**
   * 0 is read as the default, 256, cut to what the context leaves. A given number that does
   * not fit is refused.
   */
  'maxTokens': (number);
  /**
   * Texts before which generation ends.
   */
  'stop': (string)[];
  /**
   * Go on past the end-of-text token, for measurements.
   */
  'ignoreEos': (boolean);
}
