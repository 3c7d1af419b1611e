import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { ChatChunk as _ryzanstein_api_v1_ChatChunk, ChatChunk__Output as _ryzanstein_api_v1_ChatChunk__Output } from './ryzanstein/api/v1/ChatChunk.ts';
import type { ChatDelta as _ryzanstein_api_v1_ChatDelta, ChatDelta__Output as _ryzanstein_api_v1_ChatDelta__Output } from './ryzanstein/api/v1/ChatDelta.ts';
import type { ChatMessage as _ryzanstein_api_v1_ChatMessage, ChatMessage__Output as _ryzanstein_api_v1_ChatMessage__Output } from './ryzanstein/api/v1/ChatMessage.ts';
import type { ChatMessages as _ryzanstein_api_v1_ChatMessages, ChatMessages__Output as _ryzanstein_api_v1_ChatMessages__Output } from './ryzanstein/api/v1/ChatMessages.ts';
import type { ChatRequest as _ryzanstein_api_v1_ChatRequest, ChatRequest__Output as _ryzanstein_api_v1_ChatRequest__Output } from './ryzanstein/api/v1/ChatRequest.ts';
import type { ChatResponse as _ryzanstein_api_v1_ChatResponse, ChatResponse__Output as _ryzanstein_api_v1_ChatResponse__Output } from './ryzanstein/api/v1/ChatResponse.ts';
import type { CompleteChunk as _ryzanstein_api_v1_CompleteChunk, CompleteChunk__Output as _ryzanstein_api_v1_CompleteChunk__Output } from './ryzanstein/api/v1/CompleteChunk.ts';
import type { CompleteRequest as _ryzanstein_api_v1_CompleteRequest, CompleteRequest__Output as _ryzanstein_api_v1_CompleteRequest__Output } from './ryzanstein/api/v1/CompleteRequest.ts';
import type { CompleteResponse as _ryzanstein_api_v1_CompleteResponse, CompleteResponse__Output as _ryzanstein_api_v1_CompleteResponse__Output } from './ryzanstein/api/v1/CompleteResponse.ts';
import type { CountTokensRequest as _ryzanstein_api_v1_CountTokensRequest, CountTokensRequest__Output as _ryzanstein_api_v1_CountTokensRequest__Output } from './ryzanstein/api/v1/CountTokensRequest.ts';
import type { CountTokensResponse as _ryzanstein_api_v1_CountTokensResponse, CountTokensResponse__Output as _ryzanstein_api_v1_CountTokensResponse__Output } from './ryzanstein/api/v1/CountTokensResponse.ts';
import type { EmbedRequest as _ryzanstein_api_v1_EmbedRequest, EmbedRequest__Output as _ryzanstein_api_v1_EmbedRequest__Output } from './ryzanstein/api/v1/EmbedRequest.ts';
import type { EmbedResponse as _ryzanstein_api_v1_EmbedResponse, EmbedResponse__Output as _ryzanstein_api_v1_EmbedResponse__Output } from './ryzanstein/api/v1/EmbedResponse.ts';
import type { Embedding as _ryzanstein_api_v1_Embedding, Embedding__Output as _ryzanstein_api_v1_Embedding__Output } from './ryzanstein/api/v1/Embedding.ts';
import type { ListModelsRequest as _ryzanstein_api_v1_ListModelsRequest, ListModelsRequest__Output as _ryzanstein_api_v1_ListModelsRequest__Output } from './ryzanstein/api/v1/ListModelsRequest.ts';
import type { ListModelsResponse as _ryzanstein_api_v1_ListModelsResponse, ListModelsResponse__Output as _ryzanstein_api_v1_ListModelsResponse__Output } from './ryzanstein/api/v1/ListModelsResponse.ts';
import type { LlmServiceClient as _ryzanstein_api_v1_LlmServiceClient, LlmServiceDefinition as _ryzanstein_api_v1_LlmServiceDefinition } from './ryzanstein/api/v1/LlmService.ts';
import type { Model as _ryzanstein_api_v1_Model, Model__Output as _ryzanstein_api_v1_Model__Output } from './ryzanstein/api/v1/Model.ts';
import type { ResponseFormat as _ryzanstein_api_v1_ResponseFormat, ResponseFormat__Output as _ryzanstein_api_v1_ResponseFormat__Output } from './ryzanstein/api/v1/ResponseFormat.ts';
import type { Timings as _ryzanstein_api_v1_Timings, Timings__Output as _ryzanstein_api_v1_Timings__Output } from './ryzanstein/api/v1/Timings.ts';
import type { Usage as _ryzanstein_api_v1_Usage, Usage__Output as _ryzanstein_api_v1_Usage__Output } from './ryzanstein/api/v1/Usage.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  ryzanstein: {
    api: {
      v1: {
        ChatChunk: MessageTypeDefinition<_ryzanstein_api_v1_ChatChunk, _ryzanstein_api_v1_ChatChunk__Output>
        ChatDelta: MessageTypeDefinition<_ryzanstein_api_v1_ChatDelta, _ryzanstein_api_v1_ChatDelta__Output>
        ChatMessage: MessageTypeDefinition<_ryzanstein_api_v1_ChatMessage, _ryzanstein_api_v1_ChatMessage__Output>
        ChatMessages: MessageTypeDefinition<_ryzanstein_api_v1_ChatMessages, _ryzanstein_api_v1_ChatMessages__Output>
        ChatRequest: MessageTypeDefinition<_ryzanstein_api_v1_ChatRequest, _ryzanstein_api_v1_ChatRequest__Output>
        ChatResponse: MessageTypeDefinition<_ryzanstein_api_v1_ChatResponse, _ryzanstein_api_v1_ChatResponse__Output>
        CompleteChunk: MessageTypeDefinition<_ryzanstein_api_v1_CompleteChunk, _ryzanstein_api_v1_CompleteChunk__Output>
        CompleteRequest: MessageTypeDefinition<_ryzanstein_api_v1_CompleteRequest, _ryzanstein_api_v1_CompleteRequest__Output>
        CompleteResponse: MessageTypeDefinition<_ryzanstein_api_v1_CompleteResponse, _ryzanstein_api_v1_CompleteResponse__Output>
        CountTokensRequest: MessageTypeDefinition<_ryzanstein_api_v1_CountTokensRequest, _ryzanstein_api_v1_CountTokensRequest__Output>
        CountTokensResponse: MessageTypeDefinition<_ryzanstein_api_v1_CountTokensResponse, _ryzanstein_api_v1_CountTokensResponse__Output>
        EmbedRequest: MessageTypeDefinition<_ryzanstein_api_v1_EmbedRequest, _ryzanstein_api_v1_EmbedRequest__Output>
        EmbedResponse: MessageTypeDefinition<_ryzanstein_api_v1_EmbedResponse, _ryzanstein_api_v1_EmbedResponse__Output>
        Embedding: MessageTypeDefinition<_ryzanstein_api_v1_Embedding, _ryzanstein_api_v1_Embedding__Output>
        FinishReason: EnumTypeDefinition
        ListModelsRequest: MessageTypeDefinition<_ryzanstein_api_v1_ListModelsRequest, _ryzanstein_api_v1_ListModelsRequest__Output>
        ListModelsResponse: MessageTypeDefinition<_ryzanstein_api_v1_ListModelsResponse, _ryzanstein_api_v1_ListModelsResponse__Output>
        /**
         * Text generation over whatever devices and models the mesh has.
         * 
         * Errors common to all methods: INVALID_ARGUMENT (with google.rpc.BadRequest naming the
         * field), NOT_FOUND (no device has the model), RESOURCE_EXHAUSTED (too many requests in
         * flight, with a retry hint; or a message too large, without one), UNAVAILABLE (no live
         * device, or the device was lost; with a retry hint), DEADLINE_EXCEEDED, CANCELLED.
         */
        LlmService: SubtypeConstructor<typeof grpc.Client, _ryzanstein_api_v1_LlmServiceClient> & { service: _ryzanstein_api_v1_LlmServiceDefinition }
        Model: MessageTypeDefinition<_ryzanstein_api_v1_Model, _ryzanstein_api_v1_Model__Output>
        ResponseFormat: MessageTypeDefinition<_ryzanstein_api_v1_ResponseFormat, _ryzanstein_api_v1_ResponseFormat__Output>
        Timings: MessageTypeDefinition<_ryzanstein_api_v1_Timings, _ryzanstein_api_v1_Timings__Output>
        Usage: MessageTypeDefinition<_ryzanstein_api_v1_Usage, _ryzanstein_api_v1_Usage__Output>
      }
    }
  }
}

