// Original file: protos/ryzanstein/api/v1/llm.proto


export interface Usage {
  'promptTokens'?: (number);
  /**
   * Tokens generated, an end-of-text token not counted.
   */
  'completionTokens'?: (number);
  /**
   * Of prompt_tokens, those reused from a slot's earlier prompt.
   */
  'cachedPromptTokens'?: (number);
}

export interface Usage__Output {
  'promptTokens': (number);
  /**
   * Tokens generated, an end-of-text token not counted.
   */
  'completionTokens': (number);
  /**
   * Of prompt_tokens, those reused from a slot's earlier prompt.
   */
  'cachedPromptTokens': (number);
}
