// Original file: protos/ryzanstein/api/v1/llm.proto


export interface ChatDelta {
  /**
   * Whole UTF-8 characters that follow the text so far; empty on the last chunk.
   */
  'content'?: (string);
}

export interface ChatDelta__Output {
  /**
   * Whole UTF-8 characters that follow the text so far; empty on the last chunk.
   */
  'content': (string);
}
