// Original file: protos/ryzanstein/api/v1/llm.proto

import type { ChatMessage as _ryzanstein_api_v1_ChatMessage, ChatMessage__Output as _ryzanstein_api_v1_ChatMessage__Output } from '../../../ryzanstein/api/v1/ChatMessage.ts';
import type { ResponseFormat as _ryzanstein_api_v1_ResponseFormat, ResponseFormat__Output as _ryzanstein_api_v1_ResponseFormat__Output } from '../../../ryzanstein/api/v1/ResponseFormat.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * How tokens are drawn and when generation stops. An absent field means the default;
 * a present 0 means 0.
 */
export interface ChatRequest {
  /**
   * Model name as in ListModels. Empty: the only model, if there is exactly one.
   */
  'model'?: (string);
  /**
   * The conversation, oldest first; at least one message, the last one from "user".
   */
  'messages'?: (_ryzanstein_api_v1_ChatMessage)[];
  /**
   * Most tokens to generate, 1 or more. Default 256, cut to what the context leaves.
   */
  'maxTokens'?: (number);
  /**
   * Randomness, 0 (greedy) to 2. Default 0.
   */
  'temperature'?: (number | string);
  /**
   * Nucleus sampling: keep the most likely tokens up to this mass, in (0, 1]. Default 1.
   */
  'topP'?: (number | string);
  /**
   * Keep the k most likely tokens; 0 keeps all. Default 0.
   */
  'topK'?: (number);
  /**
   * Seed for drawing: the same seed on the same engine gives the same text. Default: random.
   */
  'seed'?: (number | string | Long);
  /**
   * Generation ends before any of these texts would appear; at most 4, each of 1 to 128 characters.
   */
  'stop'?: (string)[];
  /**
   * Who waits first when devices are taken: higher goes first, 0 to 9. Default 0.
   */
  'priority'?: (number);
  /**
   * The form that the answer is held to. Default: any text.
   */
  'responseFormat'?: (_ryzanstein_api_v1_ResponseFormat | null);
  '_maxTokens'?: "maxTokens";
  '_temperature'?: "temperature";
  '_topP'?: "topP";
  '_topK'?: "topK";
  '_seed'?: "seed";
  '_priority'?: "priority";
}

/**
 * How tokens are drawn and when generation stops. An absent field means the default;
 * a present 0 means 0.
 */
export interface ChatRequest__Output {
  /**
   * Model name as in ListModels. Empty: the only model, if there is exactly one.
   */
  'model': (string);
  /**
   * The conversation, oldest first; at least one message, the last one from "user".
   */
  'messages': (_ryzanstein_api_v1_ChatMessage__Output)[];
  /**
   * Most tokens to generate, 1 or more. Default 256, cut to what the context leaves.
   */
  'maxTokens'?: (number);
  /**
   * Randomness, 0 (greedy) to 2. Default 0.
   */
  'temperature'?: (number);
  /**
   * Nucleus sampling: keep the most likely tokens up to this mass, in (0, 1]. Default 1.
   */
  'topP'?: (number);
  /**
   * Keep the k most likely tokens; 0 keeps all. Default 0.
   */
  'topK'?: (number);
  /**
   * Seed for drawing: the same seed on the same engine gives the same text. Default: random.
   */
  'seed'?: (string);
  /**
   * Generation ends before any of these texts would appear; at most 4, each of 1 to 128 characters.
   */
  'stop': (string)[];
  /**
   * Who waits first when devices are taken: higher goes first, 0 to 9. Default 0.
   */
  'priority'?: (number);
  /**
   * The form that the answer is held to. Default: any text.
   */
  'responseFormat': (_ryzanstein_api_v1_ResponseFormat__Output | null);
  '_maxTokens'?: "maxTokens";
  '_temperature'?: "temperature";
  '_topP'?: "topP";
  '_topK'?: "topK";
  '_seed'?: "seed";
  '_priority'?: "priority";
}
