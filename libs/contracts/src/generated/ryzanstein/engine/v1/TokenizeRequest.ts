// Original file: protos/ryzanstein/engine/v1/engine.proto

import type { ChatPrompt as _ryzanstein_engine_v1_ChatPrompt, ChatPrompt__Output as _ryzanstein_engine_v1_ChatPrompt__Output } from '../../../ryzanstein/engine/v1/ChatPrompt.ts';

export interface TokenizeRequest {
  'model'?: (string);
  'text'?: (string);
  'chat'?: (_ryzanstein_engine_v1_ChatPrompt | null);
  /**
   * Also return the ids.
   */
  'withIds'?: (boolean);
  'prompt'?: "text"|"chat";
}

export interface TokenizeRequest__Output {
  'model': (string);
  'text'?: (string);
  'chat'?: (_ryzanstein_engine_v1_ChatPrompt__Output | null);
  /**
   * Also return the ids.
   */
  'withIds': (boolean);
  'prompt'?: "text"|"chat";
}
