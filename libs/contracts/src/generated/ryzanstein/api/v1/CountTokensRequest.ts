// Original file: protos/ryzanstein/api/v1/llm.proto

import type { ChatMessages as _ryzanstein_api_v1_ChatMessages, ChatMessages__Output as _ryzanstein_api_v1_ChatMessages__Output } from '../../../ryzanstein/api/v1/ChatMessages.ts';

export interface CountTokensRequest {
  'model'?: (string);
  /**
   * A plain prompt, counted as it is.
   */
  'prompt'?: (string);
  /**
   * A conversation, counted with its chat template.
   */
  'chat'?: (_ryzanstein_api_v1_ChatMessages | null);
  'input'?: "prompt"|"chat";
}

export interface CountTokensRequest__Output {
  'model': (string);
  /**
   * A plain prompt, counted as it is.
   */
  'prompt'?: (string);
  /**
   * A conversation, counted with its chat template.
   */
  'chat'?: (_ryzanstein_api_v1_ChatMessages__Output | null);
  'input'?: "prompt"|"chat";
}
