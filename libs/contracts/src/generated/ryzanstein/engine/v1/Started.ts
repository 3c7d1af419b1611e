// Original file: protos/ryzanstein/engine/v1/engine.proto


/**
 * It left the queue; prefill begins.
 */
export interface Started {
  'slot'?: (number);
  'cachedPromptTokens'?: (number);
}

/**
 * It left the queue; prefill begins.
 */
export interface Started__Output {
  'slot': (number);
  'cachedPromptTokens': (number);
}
