// Original file: protos/ryzanstein/api/v1/llm.proto

import type { ResponseFormat as _ryzanstein_api_v1_ResponseFormat, ResponseFormat__Output as _ryzanstein_api_v1_ResponseFormat__Output } from '../../../ryzanstein/api/v1/ResponseFormat.ts';
import type { Long } from '@grpc/proto-loader';

export interface CompleteRequest {
  /**
   * As in ChatRequest.
   */
  'model'?: (string);
  /**
   * Text to continue, not empty.
   */
  'prompt'?: (string);
  'maxTokens'?: (number);
  'temperature'?: (number | string);
  'topP'?: (number | string);
  'topK'?: (number);
  'seed'?: (number | string | Long);
  'stop'?: (string)[];
  'priority'?: (number);
  'responseFormat'?: (_ryzanstein_api_v1_ResponseFormat | null);
  '_maxTokens'?: "maxTokens";
  '_temperature'?: "temperature";
  '_topP'?: "topP";
  '_topK'?: "topK";
  '_seed'?: "seed";
  '_priority'?: "priority";
}

export interface CompleteRequest__Output {
  /**
   * As in ChatRequest.
   */
  'model': (string);
  /**
   * Text to continue, not empty.
   */
  'prompt': (string);
  'maxTokens'?: (number);
  'temperature'?: (number);
  'topP'?: (number);
  'topK'?: (number);
  'seed'?: (string);
  'stop': (string)[];
  'priority'?: (number);
  'responseFormat': (_ryzanstein_api_v1_ResponseFormat__Output | null);
  '_maxTokens'?: "maxTokens";
  '_temperature'?: "temperature";
  '_topP'?: "topP";
  '_topK'?: "topK";
  '_seed'?: "seed";
  '_priority'?: "priority";
}
