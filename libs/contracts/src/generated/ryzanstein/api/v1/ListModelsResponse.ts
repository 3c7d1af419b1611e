// Original file: protos/ryzanstein/api/v1/llm.proto

import type { Model as _ryzanstein_api_v1_Model, Model__Output as _ryzanstein_api_v1_Model__Output } from '../../../ryzanstein/api/v1/Model.ts';

export interface ListModelsResponse {
  /**
   * Sorted by id, each once.
   */
  'models'?: (_ryzanstein_api_v1_Model)[];
}

export interface ListModelsResponse__Output {
  /**
   * Sorted by id, each once.
   */
  'models': (_ryzanstein_api_v1_Model__Output)[];
}
