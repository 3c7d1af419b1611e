// Original file: protos/ryzanstein/api/v1/llm.proto

import type { FinishReason as _ryzanstein_api_v1_FinishReason, FinishReason__Output as _ryzanstein_api_v1_FinishReason__Output } from '../../../ryzanstein/api/v1/FinishReason.ts';
import type { Usage as _ryzanstein_api_v1_Usage, Usage__Output as _ryzanstein_api_v1_Usage__Output } from '../../../ryzanstein/api/v1/Usage.ts';
import type { Timings as _ryzanstein_api_v1_Timings, Timings__Output as _ryzanstein_api_v1_Timings__Output } from '../../../ryzanstein/api/v1/Timings.ts';

export interface CompleteChunk {
  'id'?: (string);
  'model'?: (string);
  /**
   * Whole UTF-8 characters that follow the text so far; empty on the last chunk.
   */
  'text'?: (string);
  'finishReason'?: (_ryzanstein_api_v1_FinishReason);
  'usage'?: (_ryzanstein_api_v1_Usage | null);
  'timings'?: (_ryzanstein_api_v1_Timings | null);
}

export interface CompleteChunk__Output {
  'id': (string);
  'model': (string);
  /**
   * Whole UTF-8 characters that follow the text so far; empty on the last chunk.
   */
  'text': (string);
  'finishReason': (_ryzanstein_api_v1_FinishReason__Output);
  'usage': (_ryzanstein_api_v1_Usage__Output | null);
  'timings': (_ryzanstein_api_v1_Timings__Output | null);
}
