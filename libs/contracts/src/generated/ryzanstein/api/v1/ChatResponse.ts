// Original file: protos/ryzanstein/api/v1/llm.proto

import type { ChatMessage as _ryzanstein_api_v1_ChatMessage, ChatMessage__Output as _ryzanstein_api_v1_ChatMessage__Output } from '../../../ryzanstein/api/v1/ChatMessage.ts';
import type { FinishReason as _ryzanstein_api_v1_FinishReason, FinishReason__Output as _ryzanstein_api_v1_FinishReason__Output } from '../../../ryzanstein/api/v1/FinishReason.ts';
import type { Usage as _ryzanstein_api_v1_Usage, Usage__Output as _ryzanstein_api_v1_Usage__Output } from '../../../ryzanstein/api/v1/Usage.ts';
import type { Timings as _ryzanstein_api_v1_Timings, Timings__Output as _ryzanstein_api_v1_Timings__Output } from '../../../ryzanstein/api/v1/Timings.ts';

export interface ChatResponse {
  /**
   * Id of this reply; the request id prefixed with "chat-".
   */
  'id'?: (string);
  'model'?: (string);
  'message'?: (_ryzanstein_api_v1_ChatMessage | null);
  'finishReason'?: (_ryzanstein_api_v1_FinishReason);
  'usage'?: (_ryzanstein_api_v1_Usage | null);
  'timings'?: (_ryzanstein_api_v1_Timings | null);
}

export interface ChatResponse__Output {
  /**
   * Id of this reply; the request id prefixed with "chat-".
   */
  'id': (string);
  'model': (string);
  'message': (_ryzanstein_api_v1_ChatMessage__Output | null);
  'finishReason': (_ryzanstein_api_v1_FinishReason__Output);
  'usage': (_ryzanstein_api_v1_Usage__Output | null);
  'timings': (_ryzanstein_api_v1_Timings__Output | null);
}
