// Original file: protos/ryzanstein/engine/v1/engine.proto

import type { TokenIds as _ryzanstein_engine_v1_TokenIds, TokenIds__Output as _ryzanstein_engine_v1_TokenIds__Output } from '../../../ryzanstein/engine/v1/TokenIds.ts';
import type { ChatPrompt as _ryzanstein_engine_v1_ChatPrompt, ChatPrompt__Output as _ryzanstein_engine_v1_ChatPrompt__Output } from '../../../ryzanstein/engine/v1/ChatPrompt.ts';
import type { Sampling as _ryzanstein_engine_v1_Sampling, Sampling__Output as _ryzanstein_engine_v1_Sampling__Output } from '../../../ryzanstein/engine/v1/Sampling.ts';
import type { Stopping as _ryzanstein_engine_v1_Stopping, Stopping__Output as _ryzanstein_engine_v1_Stopping__Output } from '../../../ryzanstein/engine/v1/Stopping.ts';
import type { ResponseFormat as _ryzanstein_engine_v1_ResponseFormat, ResponseFormat__Output as _ryzanstein_engine_v1_ResponseFormat__Output } from '../../../ryzanstein/engine/v1/ResponseFormat.ts';
import type { Long } from '@grpc/proto-loader';

export interface GenerateRequest {
  /**
   * Model the caller expects. Empty: whatever the engine has.
   */
  'model'?: (string);
  /**
   * Plain text, no template; the tokenizer's own rules for BOS apply.
   */
  'text'?: (string);
  /**
   * Ready token ids.
   */
  'tokens'?: (_ryzanstein_engine_v1_TokenIds | null);
  /**
   * A conversation, rendered with the model's chat template.
   */
  'chat'?: (_ryzanstein_engine_v1_ChatPrompt | null);
  'sampling'?: (_ryzanstein_engine_v1_Sampling | null);
  'stopping'?: (_ryzanstein_engine_v1_Stopping | null);
  /**
   * The permission to run. Empty is allowed only where the engine runs without a coordinator.
   */
  'leaseId'?: (string);
  'leaseEpoch'?: (number | string | Long);
  /**
   * Of the lease, for spans (`ryzanstein.gpu.id`).
   */
  'gpuId'?: (number);
  /**
   * True where the caller streams to its own client (`gen_ai.request.stream`).
   */
  'clientStreams'?: (boolean);
  /**
   * Id of the reply at the edge (`gen_ai.response.id`).
   */
  'responseId'?: (string);
  /**
   * Who goes first where requests wait for a slot: 0 to 9, higher first. A request is overtaken
   * by later ones of a higher priority at most 8 times.
   */
  'priority'?: (number);
  /**
   * The form that the text is held to. Default: any text.
   */
  'responseFormat'?: (_ryzanstein_engine_v1_ResponseFormat | null);
  'prompt'?: "text"|"tokens"|"chat";
}

export interface GenerateRequest__Output {
  /**
   * Model the caller expects. Empty: whatever the engine has.
   */
  'model': (string);
  /**
   * Plain text, no template; the tokenizer's own rules for BOS apply.
   */
  'text'?: (string);
  /**
   * Ready token ids.
   */
  'tokens'?: (_ryzanstein_engine_v1_TokenIds__Output | null);
  /**
   * A conversation, rendered with the model's chat template.
   */
  'chat'?: (_ryzanstein_engine_v1_ChatPrompt__Output | null);
  'sampling': (_ryzanstein_engine_v1_Sampling__Output | null);
  'stopping': (_ryzanstein_engine_v1_Stopping__Output | null);
  /**
   * The permission to run. Empty is allowed only where the engine runs without a coordinator.
   */
  'leaseId': (string);
  'leaseEpoch': (string);
  /**
   * Of the lease, for spans (`ryzanstein.gpu.id`).
   */
  'gpuId': (number);
  /**
   * True where the caller streams to its own client (`gen_ai.request.stream`).
   */
  'clientStreams': (boolean);
  /**
   * Id of the reply at the edge (`gen_ai.response.id`).
   */
  'responseId': (string);
  /**
   * Who goes first where requests wait for a slot: 0 to 9, higher first. A request is overtaken
   * by later ones of a higher priority at most 8 times.
   */
  'priority': (number);
  /**
   * The form that the text is held to. Default: any text.
   */
  'responseFormat': (_ryzanstein_engine_v1_ResponseFormat__Output | null);
  'prompt'?: "text"|"tokens"|"chat";
}
