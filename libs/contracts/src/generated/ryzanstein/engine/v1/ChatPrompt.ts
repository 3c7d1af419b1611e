// Original file: protos/ryzanstein/engine/v1/engine.proto

import type { ChatMessage as _ryzanstein_engine_v1_ChatMessage, ChatMessage__Output as _ryzanstein_engine_v1_ChatMessage__Output } from '../../../ryzanstein/engine/v1/ChatMessage.ts';

export interface ChatPrompt {
  'messages'?: (_ryzanstein_engine_v1_ChatMessage)[];
}

export interface ChatPrompt__Output {
  'messages': (_ryzanstein_engine_v1_ChatMessage__Output)[];
}
