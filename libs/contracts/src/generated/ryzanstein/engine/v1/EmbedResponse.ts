// Original file: protos/ryzanstein/engine/v1/engine.proto

import type { Embedding as _ryzanstein_engine_v1_Embedding, Embedding__Output as _ryzanstein_engine_v1_Embedding__Output } from '../../../ryzanstein/engine/v1/Embedding.ts';
import type { Usage as _ryzanstein_engine_v1_Usage, Usage__Output as _ryzanstein_engine_v1_Usage__Output } from '../../../ryzanstein/engine/v1/Usage.ts';

export interface EmbedResponse {
  /**
   * One for each text.
   */
  'embeddings'?: (_ryzanstein_engine_v1_Embedding)[];
  /**
   * Of all texts together; completion_tokens is 0.
   */
  'usage'?: (_ryzanstein_engine_v1_Usage | null);
}

export interface EmbedResponse__Output {
  /**
   * One for each text.
   */
  'embeddings': (_ryzanstein_engine_v1_Embedding__Output)[];
  /**
   * Of all texts together; completion_tokens is 0.
   */
  'usage': (_ryzanstein_engine_v1_Usage__Output | null);
}
