// Original file: protos/ryzanstein/api/v1/llm.proto

import type { ChatDelta as _ryzanstein_api_v1_ChatDelta, ChatDelta__Output as _ryzanstein_api_v1_ChatDelta__Output } from '../../../ryzanstein/api/v1/ChatDelta.ts';
import type { FinishReason as _ryzanstein_api_v1_FinishReason, FinishReason__Output as _ryzanstein_api_v1_FinishReason__Output } from '../../../ryzanstein/api/v1/FinishReason.ts';
import type { Usage as _ryzanstein_api_v1_Usage, Usage__Output as _ryzanstein_api_v1_Usage__Output } from '../../../ryzanstein/api/v1/Usage.ts';
import type { Timings as _ryzanstein_api_v1_Timings, Timings__Output as _ryzanstein_api_v1_Timings__Output } from '../../../ryzanstein/api/v1/Timings.ts';

/**
 * One piece of a streamed reply.
 */
export interface ChatChunk {
  'id'?: (string);
  'model'?: (string);
  'delta'?: (_ryzanstein_api_v1_ChatDelta | null);
  /**
   * UNSPECIFIED on all but the last chunk.
   */
  'finishReason'?: (_ryzanstein_api_v1_FinishReason);
  /**
   * On the last chunk only.
   */
  'usage'?: (_ryzanstein_api_v1_Usage | null);
  /**
   * On the last chunk only.
   */
  'timings'?: (_ryzanstein_api_v1_Timings | null);
}

/**
 * One piece of a streamed reply.
 */
export interface ChatChunk__Output {
  'id': (string);
  'model': (string);
  'delta': (_ryzanstein_api_v1_ChatDelta__Output | null);
  /**
   * UNSPECIFIED on all but the last chunk.
   */
  'finishReason': (_ryzanstein_api_v1_FinishReason__Output);
  /**
   * On the last chunk only.
   */
  'usage': (_ryzanstein_api_v1_Usage__Output | null);
  /**
   * On the last chunk only.
   */
  'timings': (_ryzanstein_api_v1_Timings__Output | null);
}
