// Original file: protos/ryzanstein/api/v1/llm.proto


/**
 * One message of a conversation.
 */
export interface ChatMessage {
  /**
   * "system", "user" or "assistant".
   */
  'role'?: (string);
  /**
   * UTF-8 text; bytes that are not valid UTF-8 are read as U+FFFD.
   */
  'content'?: (string);
}

/**
 * One message of a conversation.
 */
export interface ChatMessage__Output {
  /**
   * "system", "user" or "assistant".
   */
  'role': (string);
  /**
   * UTF-8 text; bytes that are not valid UTF-8 are read as U+FFFD.
   */
  'content': (string);
}
