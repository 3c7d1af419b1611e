// Original file: protos/ryzanstein/engine/v1/engine.proto


export interface Usage {
  'promptTokens'?: (number);
  'cachedPromptTokens'?: (number);
  /**
   * An end-of-text token is not counted.
   */
  'completionTokens'?: (number);
}

export interface Usage__Output {
  'promptTokens': (number);
  'cachedPromptTokens': (number);
  /**
   * An end-of-text token is not counted.
   */
  'completionTokens': (number);
}
