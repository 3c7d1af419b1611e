// Original file: protos/ryzanstein/api/v1/llm.proto

import type { Embedding as _ryzanstein_api_v1_Embedding, Embedding__Output as _ryzanstein_api_v1_Embedding__Output } from '../../../ryzanstein/api/v1/Embedding.ts';
import type { Usage as _ryzanstein_api_v1_Usage, Usage__Output as _ryzanstein_api_v1_Usage__Output } from '../../../ryzanstein/api/v1/Usage.ts';

export interface EmbedResponse {
  'model'?: (string);
  /**
   * One for each text.
   */
  'embeddings'?: (_ryzanstein_api_v1_Embedding)[];
  'usage'?: (_ryzanstein_api_v1_Usage | null);
}

export interface EmbedResponse__Output {
  'model': (string);
  /**
   * One for each text.
   */
  'embeddings': (_ryzanstein_api_v1_Embedding__Output)[];
  'usage': (_ryzanstein_api_v1_Usage__Output | null);
}
