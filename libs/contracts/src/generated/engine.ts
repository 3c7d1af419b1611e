import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { Accepted as _ryzanstein_engine_v1_Accepted, Accepted__Output as _ryzanstein_engine_v1_Accepted__Output } from './ryzanstein/engine/v1/Accepted.ts';
import type { ChatMessage as _ryzanstein_engine_v1_ChatMessage, ChatMessage__Output as _ryzanstein_engine_v1_ChatMessage__Output } from './ryzanstein/engine/v1/ChatMessage.ts';
import type { ChatPrompt as _ryzanstein_engine_v1_ChatPrompt, ChatPrompt__Output as _ryzanstein_engine_v1_ChatPrompt__Output } from './ryzanstein/engine/v1/ChatPrompt.ts';
import type { Delta as _ryzanstein_engine_v1_Delta, Delta__Output as _ryzanstein_engine_v1_Delta__Output } from './ryzanstein/engine/v1/Delta.ts';
import type { Done as _ryzanstein_engine_v1_Done, Done__Output as _ryzanstein_engine_v1_Done__Output } from './ryzanstein/engine/v1/Done.ts';
import type { EmbedRequest as _ryzanstein_engine_v1_EmbedRequest, EmbedRequest__Output as _ryzanstein_engine_v1_EmbedRequest__Output } from './ryzanstein/engine/v1/EmbedRequest.ts';
import type { EmbedResponse as _ryzanstein_engine_v1_EmbedResponse, EmbedResponse__Output as _ryzanstein_engine_v1_EmbedResponse__Output } from './ryzanstein/engine/v1/EmbedResponse.ts';
import type { Embedding as _ryzanstein_engine_v1_Embedding, Embedding__Output as _ryzanstein_engine_v1_Embedding__Output } from './ryzanstein/engine/v1/Embedding.ts';
import type { EndLeaseRequest as _ryzanstein_engine_v1_EndLeaseRequest, EndLeaseRequest__Output as _ryzanstein_engine_v1_EndLeaseRequest__Output } from './ryzanstein/engine/v1/EndLeaseRequest.ts';
import type { EndLeaseResponse as _ryzanstein_engine_v1_EndLeaseResponse, EndLeaseResponse__Output as _ryzanstein_engine_v1_EndLeaseResponse__Output } from './ryzanstein/engine/v1/EndLeaseResponse.ts';
import type { GenerateRequest as _ryzanstein_engine_v1_GenerateRequest, GenerateRequest__Output as _ryzanstein_engine_v1_GenerateRequest__Output } from './ryzanstein/engine/v1/GenerateRequest.ts';
import type { GenerateResponse as _ryzanstein_engine_v1_GenerateResponse, GenerateResponse__Output as _ryzanstein_engine_v1_GenerateResponse__Output } from './ryzanstein/engine/v1/GenerateResponse.ts';
import type { GetLoadRequest as _ryzanstein_engine_v1_GetLoadRequest, GetLoadRequest__Output as _ryzanstein_engine_v1_GetLoadRequest__Output } from './ryzanstein/engine/v1/GetLoadRequest.ts';
import type { GetModelInfoRequest as _ryzanstein_engine_v1_GetModelInfoRequest, GetModelInfoRequest__Output as _ryzanstein_engine_v1_GetModelInfoRequest__Output } from './ryzanstein/engine/v1/GetModelInfoRequest.ts';
import type { InferenceEngineClient as _ryzanstein_engine_v1_InferenceEngineClient, InferenceEngineDefinition as _ryzanstein_engine_v1_InferenceEngineDefinition } from './ryzanstein/engine/v1/InferenceEngine.ts';
import type { Load as _ryzanstein_engine_v1_Load, Load__Output as _ryzanstein_engine_v1_Load__Output } from './ryzanstein/engine/v1/Load.ts';
import type { ModelInfo as _ryzanstein_engine_v1_ModelInfo, ModelInfo__Output as _ryzanstein_engine_v1_ModelInfo__Output } from './ryzanstein/engine/v1/ModelInfo.ts';
import type { ResponseFormat as _ryzanstein_engine_v1_ResponseFormat, ResponseFormat__Output as _ryzanstein_engine_v1_ResponseFormat__Output } from './ryzanstein/engine/v1/ResponseFormat.ts';
import type { Sampling as _ryzanstein_engine_v1_Sampling, Sampling__Output as _ryzanstein_engine_v1_Sampling__Output } from './ryzanstein/engine/v1/Sampling.ts';
import type { Started as _ryzanstein_engine_v1_Started, Started__Output as _ryzanstein_engine_v1_Started__Output } from './ryzanstein/engine/v1/Started.ts';
import type { Stopping as _ryzanstein_engine_v1_Stopping, Stopping__Output as _ryzanstein_engine_v1_Stopping__Output } from './ryzanstein/engine/v1/Stopping.ts';
import type { Timings as _ryzanstein_engine_v1_Timings, Timings__Output as _ryzanstein_engine_v1_Timings__Output } from './ryzanstein/engine/v1/Timings.ts';
import type { TokenIds as _ryzanstein_engine_v1_TokenIds, TokenIds__Output as _ryzanstein_engine_v1_TokenIds__Output } from './ryzanstein/engine/v1/TokenIds.ts';
import type { TokenizeRequest as _ryzanstein_engine_v1_TokenizeRequest, TokenizeRequest__Output as _ryzanstein_engine_v1_TokenizeRequest__Output } from './ryzanstein/engine/v1/TokenizeRequest.ts';
import type { TokenizeResponse as _ryzanstein_engine_v1_TokenizeResponse, TokenizeResponse__Output as _ryzanstein_engine_v1_TokenizeResponse__Output } from './ryzanstein/engine/v1/TokenizeResponse.ts';
import type { Usage as _ryzanstein_engine_v1_Usage, Usage__Output as _ryzanstein_engine_v1_Usage__Output } from './ryzanstein/engine/v1/Usage.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  ryzanstein: {
    engine: {
      v1: {
        Accepted: MessageTypeDefinition<_ryzanstein_engine_v1_Accepted, _ryzanstein_engine_v1_Accepted__Output>
        ChatMessage: MessageTypeDefinition<_ryzanstein_engine_v1_ChatMessage, _ryzanstein_engine_v1_ChatMessage__Output>
        ChatPrompt: MessageTypeDefinition<_ryzanstein_engine_v1_ChatPrompt, _ryzanstein_engine_v1_ChatPrompt__Output>
        Delta: MessageTypeDefinition<_ryzanstein_engine_v1_Delta, _ryzanstein_engine_v1_Delta__Output>
        Done: MessageTypeDefinition<_ryzanstein_engine_v1_Done, _ryzanstein_engine_v1_Done__Output>
        EmbedRequest: MessageTypeDefinition<_ryzanstein_engine_v1_EmbedRequest, _ryzanstein_engine_v1_EmbedRequest__Output>
        EmbedResponse: MessageTypeDefinition<_ryzanstein_engine_v1_EmbedResponse, _ryzanstein_engine_v1_EmbedResponse__Output>
        Embedding: MessageTypeDefinition<_ryzanstein_engine_v1_Embedding, _ryzanstein_engine_v1_Embedding__Output>
        EndLeaseRequest: MessageTypeDefinition<_ryzanstein_engine_v1_EndLeaseRequest, _ryzanstein_engine_v1_EndLeaseRequest__Output>
        EndLeaseResponse: MessageTypeDefinition<_ryzanstein_engine_v1_EndLeaseResponse, _ryzanstein_engine_v1_EndLeaseResponse__Output>
        FinishReason: EnumTypeDefinition
        GenerateRequest: MessageTypeDefinition<_ryzanstein_engine_v1_GenerateRequest, _ryzanstein_engine_v1_GenerateRequest__Output>
        GenerateResponse: MessageTypeDefinition<_ryzanstein_engine_v1_GenerateResponse, _ryzanstein_engine_v1_GenerateResponse__Output>
        GetLoadRequest: MessageTypeDefinition<_ryzanstein_engine_v1_GetLoadRequest, _ryzanstein_engine_v1_GetLoadRequest__Output>
        GetModelInfoRequest: MessageTypeDefinition<_ryzanstein_engine_v1_GetModelInfoRequest, _ryzanstein_engine_v1_GetModelInfoRequest__Output>
        /**
         * Runs sequences. One Generate call is one sequence; cancelling the call cancels it.
         */
        InferenceEngine: SubtypeConstructor<typeof grpc.Client, _ryzanstein_engine_v1_InferenceEngineClient> & { service: _ryzanstein_engine_v1_InferenceEngineDefinition }
        Load: MessageTypeDefinition<_ryzanstein_engine_v1_Load, _ryzanstein_engine_v1_Load__Output>
        ModelInfo: MessageTypeDefinition<_ryzanstein_engine_v1_ModelInfo, _ryzanstein_engine_v1_ModelInfo__Output>
        ResponseFormat: MessageTypeDefinition<_ryzanstein_engine_v1_ResponseFormat, _ryzanstein_engine_v1_ResponseFormat__Output>
        Sampling: MessageTypeDefinition<_ryzanstein_engine_v1_Sampling, _ryzanstein_engine_v1_Sampling__Output>
        Started: MessageTypeDefinition<_ryzanstein_engine_v1_Started, _ryzanstein_engine_v1_Started__Output>
        Stopping: MessageTypeDefinition<_ryzanstein_engine_v1_Stopping, _ryzanstein_engine_v1_Stopping__Output>
        Timings: MessageTypeDefinition<_ryzanstein_engine_v1_Timings, _ryzanstein_engine_v1_Timings__Output>
        TokenIds: MessageTypeDefinition<_ryzanstein_engine_v1_TokenIds, _ryzanstein_engine_v1_TokenIds__Output>
        TokenizeRequest: MessageTypeDefinition<_ryzanstein_engine_v1_TokenizeRequest, _ryzanstein_engine_v1_TokenizeRequest__Output>
        TokenizeResponse: MessageTypeDefinition<_ryzanstein_engine_v1_TokenizeResponse, _ryzanstein_engine_v1_TokenizeResponse__Output>
        Usage: MessageTypeDefinition<_ryzanstein_engine_v1_Usage, _ryzanstein_engine_v1_Usage__Output>
      }
    }
  }
}

