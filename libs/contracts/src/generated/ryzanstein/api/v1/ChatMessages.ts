// Original file: protos/ryzanstein/api/v1/llm.proto

import type { ChatMessage as _ryzanstein_api_v1_ChatMessage, ChatMessage__Output as _ryzanstein_api_v1_ChatMessage__Output } from '../../../ryzanstein/api/v1/ChatMessage.ts';

export interface ChatMessages {
  'messages'?: (_ryzanstein_api_v1_ChatMessage)[];
}

export interface ChatMessages__Output {
  'messages': (_ryzanstein_api_v1_ChatMessage__Output)[];
}
