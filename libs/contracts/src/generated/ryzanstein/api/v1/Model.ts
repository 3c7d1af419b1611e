// Original file: protos/ryzanstein/api/v1/llm.proto


export interface Model {
  /**
   * Name to put into `model`.
   */
  'id'?: (string);
  /**
   * Tokens of context: prompt and completion together.
   */
  'contextLength'?: (number);
  /**
   * Sequences that all devices with this model can run at once.
   */
  'slots'?: (number);
}

export interface Model__Output {
  /**
   * Name to put into `model`.
   */
  'id': (string);
  /**
   * Tokens of context: prompt and completion together.
   */
  'contextLength': (number);
  /**
   * Sequences that all devices with this model can run at once.
   */
  'slots': (number);
}
