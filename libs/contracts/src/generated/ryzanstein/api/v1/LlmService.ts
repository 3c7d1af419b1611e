// Original file: protos/ryzanstein/api/v1/llm.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ChatChunk as _ryzanstein_api_v1_ChatChunk, ChatChunk__Output as _ryzanstein_api_v1_ChatChunk__Output } from '../../../ryzanstein/api/v1/ChatChunk.ts';
import type { ChatRequest as _ryzanstein_api_v1_ChatRequest, ChatRequest__Output as _ryzanstein_api_v1_ChatRequest__Output } from '../../../ryzanstein/api/v1/ChatRequest.ts';
import type { ChatResponse as _ryzanstein_api_v1_ChatResponse, ChatResponse__Output as _ryzanstein_api_v1_ChatResponse__Output } from '../../../ryzanstein/api/v1/ChatResponse.ts';
import type { CompleteChunk as _ryzanstein_api_v1_CompleteChunk, CompleteChunk__Output as _ryzanstein_api_v1_CompleteChunk__Output } from '../../../ryzanstein/api/v1/CompleteChunk.ts';
import type { CompleteRequest as _ryzanstein_api_v1_CompleteRequest, CompleteRequest__Output as _ryzanstein_api_v1_CompleteRequest__Output } from '../../../ryzanstein/api/v1/CompleteRequest.ts';
import type { CompleteResponse as _ryzanstein_api_v1_CompleteResponse, CompleteResponse__Output as _ryzanstein_api_v1_CompleteResponse__Output } from '../../../ryzanstein/api/v1/CompleteResponse.ts';
import type { CountTokensRequest as _ryzanstein_api_v1_CountTokensRequest, CountTokensRequest__Output as _ryzanstein_api_v1_CountTokensRequest__Output } from '../../../ryzanstein/api/v1/CountTokensRequest.ts';
import type { CountTokensResponse as _ryzanstein_api_v1_CountTokensResponse, CountTokensResponse__Output as _ryzanstein_api_v1_CountTokensResponse__Output } from '../../../ryzanstein/api/v1/CountTokensResponse.ts';
import type { EmbedRequest as _ryzanstein_api_v1_EmbedRequest, EmbedRequest__Output as _ryzanstein_api_v1_EmbedRequest__Output } from '../../../ryzanstein/api/v1/EmbedRequest.ts';
import type { EmbedResponse as _ryzanstein_api_v1_EmbedResponse, EmbedResponse__Output as _ryzanstein_api_v1_EmbedResponse__Output } from '../../../ryzanstein/api/v1/EmbedResponse.ts';
import type { ListModelsRequest as _ryzanstein_api_v1_ListModelsRequest, ListModelsRequest__Output as _ryzanstein_api_v1_ListModelsRequest__Output } from '../../../ryzanstein/api/v1/ListModelsRequest.ts';
import type { ListModelsResponse as _ryzanstein_api_v1_ListModelsResponse, ListModelsResponse__Output as _ryzanstein_api_v1_ListModelsResponse__Output } from '../../../ryzanstein/api/v1/ListModelsResponse.ts';

/**
 * Text generation over whatever devices and models the mesh has.
 * 
 * Errors common to all methods: INVALID_ARGUMENT (with google.rpc.BadRequest naming the
 * field), NOT_FOUND (no device has the model), RESOURCE_EXHAUSTED (too many requests in
 * flight, with a retry hint; or a message too large, without one), UNAVAILABLE (no live
 * device, or the device was lost; with a retry hint), DEADLINE_EXCEEDED, CANCELLED.
 */
export interface LlmServiceClient extends grpc.Client {
  /**
   * Answers a conversation in one message.
   */
  Chat(argument: _ryzanstein_api_v1_ChatRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_api_v1_ChatResponse__Output>): grpc.ClientUnaryCall;
  Chat(argument: _ryzanstein_api_v1_ChatRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_api_v1_ChatResponse__Output>): grpc.ClientUnaryCall;
  Chat(argument: _ryzanstein_api_v1_ChatRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_api_v1_ChatResponse__Output>): grpc.ClientUnaryCall;
  Chat(argument: _ryzanstein_api_v1_ChatRequest, callback: grpc.requestCallback<_ryzanstein_api_v1_ChatResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Answers a conversation in one message.
   */
  chat(argument: _ryzanstein_api_v1_ChatRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_api_v1_ChatResponse__Output>): grpc.ClientUnaryCall;
  chat(argument: _ryzanstein_api_v1_ChatRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_api_v1_ChatResponse__Output>): grpc.ClientUnaryCall;
  chat(argument: _ryzanstein_api_v1_ChatRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_api_v1_ChatResponse__Output>): grpc.ClientUnaryCall;
  chat(argument: _ryzanstein_api_v1_ChatRequest, callback: grpc.requestCallback<_ryzanstein_api_v1_ChatResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Answers a conversation token by token. The last message carries `finish_reason`,
   * `usage` and `timings`; those before it carry text only.
   */
  ChatStream(argument: _ryzanstein_api_v1_ChatRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ryzanstein_api_v1_ChatChunk__Output>;
  ChatStream(argument: _ryzanstein_api_v1_ChatRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ryzanstein_api_v1_ChatChunk__Output>;
  /**
   * Answers a conversation token by token. The last message carries `finish_reason`,
   * `usage` and `timings`; those before it carry text only.
   */
  chatStream(argument: _ryzanstein_api_v1_ChatRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ryzanstein_api_v1_ChatChunk__Output>;
  chatStream(argument: _ryzanstein_api_v1_ChatRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ryzanstein_api_v1_ChatChunk__Output>;
  
  /**
   * Continues a plain prompt, without a chat template, in one message.
   */
  Complete(argument: _ryzanstein_api_v1_CompleteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_api_v1_CompleteResponse__Output>): grpc.ClientUnaryCall;
  Complete(argument: _ryzanstein_api_v1_CompleteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_api_v1_CompleteResponse__Output>): grpc.ClientUnaryCall;
  Complete(argument: _ryzanstein_api_v1_CompleteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_api_v1_CompleteResponse__Output>): grpc.ClientUnaryCall;
  Complete(argument: _ryzanstein_api_v1_CompleteRequest, callback: grpc.requestCallback<_ryzanstein_api_v1_CompleteResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Continues a plain prompt, without a chat template, in one message.
   */
  complete(argument: _ryzanstein_api_v1_CompleteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_api_v1_CompleteResponse__Output>): grpc.ClientUnaryCall;
  complete(argument: _ryzanstein_api_v1_CompleteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_api_v1_CompleteResponse__Output>): grpc.ClientUnaryCall;
  complete(argument: _ryzanstein_api_v1_CompleteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_api_v1_CompleteResponse__Output>): grpc.ClientUnaryCall;
  complete(argument: _ryzanstein_api_v1_CompleteRequest, callback: grpc.requestCallback<_ryzanstein_api_v1_CompleteResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Continues a plain prompt token by token.
   */
  CompleteStream(argument: _ryzanstein_api_v1_CompleteRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ryzanstein_api_v1_CompleteChunk__Output>;
  CompleteStream(argument: _ryzanstein_api_v1_CompleteRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ryzanstein_api_v1_CompleteChunk__Output>;
  /**
   * Continues a plain prompt token by token.
   */
  completeStream(argument: _ryzanstein_api_v1_CompleteRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ryzanstein_api_v1_CompleteChunk__Output>;
  completeStream(argument: _ryzanstein_api_v1_CompleteRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ryzanstein_api_v1_CompleteChunk__Output>;
  
  /**
   * Counts the tokens that a prompt or a conversation (its chat template included) takes.
   */
  CountTokens(argument: _ryzanstein_api_v1_CountTokensRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_api_v1_CountTokensResponse__Output>): grpc.ClientUnaryCall;
  CountTokens(argument: _ryzanstein_api_v1_CountTokensRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_api_v1_CountTokensResponse__Output>): grpc.ClientUnaryCall;
  CountTokens(argument: _ryzanstein_api_v1_CountTokensRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_api_v1_CountTokensResponse__Output>): grpc.ClientUnaryCall;
  CountTokens(argument: _ryzanstein_api_v1_CountTokensRequest, callback: grpc.requestCallback<_ryzanstein_api_v1_CountTokensResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Counts the tokens that a prompt or a conversation (its chat template included) takes.
   */
  countTokens(argument: _ryzanstein_api_v1_CountTokensRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_api_v1_CountTokensResponse__Output>): grpc.ClientUnaryCall;
  countTokens(argument: _ryzanstein_api_v1_CountTokensRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_api_v1_CountTokensResponse__Output>): grpc.ClientUnaryCall;
  countTokens(argument: _ryzanstein_api_v1_CountTokensRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_api_v1_CountTokensResponse__Output>): grpc.ClientUnaryCall;
  countTokens(argument: _ryzanstein_api_v1_CountTokensRequest, callback: grpc.requestCallback<_ryzanstein_api_v1_CountTokensResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Embeds 1 to 256 texts as vectors of length 1, in the order of the texts, under one lease.
   */
  Embed(argument: _ryzanstein_api_v1_EmbedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_api_v1_EmbedResponse__Output>): grpc.ClientUnaryCall;
  Embed(argument: _ryzanstein_api_v1_EmbedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_api_v1_EmbedResponse__Output>): grpc.ClientUnaryCall;
  Embed(argument: _ryzanstein_api_v1_EmbedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_api_v1_EmbedResponse__Output>): grpc.ClientUnaryCall;
  Embed(argument: _ryzanstein_api_v1_EmbedRequest, callback: grpc.requestCallback<_ryzanstein_api_v1_EmbedResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Embeds 1 to 256 texts as vectors of length 1, in the order of the texts, under one lease.
   */
  embed(argument: _ryzanstein_api_v1_EmbedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_api_v1_EmbedResponse__Output>): grpc.ClientUnaryCall;
  embed(argument: _ryzanstein_api_v1_EmbedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_api_v1_EmbedResponse__Output>): grpc.ClientUnaryCall;
  embed(argument: _ryzanstein_api_v1_EmbedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_api_v1_EmbedResponse__Output>): grpc.ClientUnaryCall;
  embed(argument: _ryzanstein_api_v1_EmbedRequest, callback: grpc.requestCallback<_ryzanstein_api_v1_EmbedResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Lists the models that registered devices serve now.
   */
  ListModels(argument: _ryzanstein_api_v1_ListModelsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_api_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  ListModels(argument: _ryzanstein_api_v1_ListModelsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_api_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  ListModels(argument: _ryzanstein_api_v1_ListModelsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_api_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  ListModels(argument: _ryzanstein_api_v1_ListModelsRequest, callback: grpc.requestCallback<_ryzanstein_api_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Lists the models that registered devices serve now.
   */
  listModels(argument: _ryzanstein_api_v1_ListModelsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_api_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  listModels(argument: _ryzanstein_api_v1_ListModelsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_api_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  listModels(argument: _ryzanstein_api_v1_ListModelsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_api_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  listModels(argument: _ryzanstein_api_v1_ListModelsRequest, callback: grpc.requestCallback<_ryzanstein_api_v1_ListModelsResponse__Output>): grpc.ClientUnaryCall;
  
}

/**
 * Text generation over whatever devices and models the mesh has.
 * 
 * Errors common to all methods: INVALID_ARGUMENT (with google.rpc.BadRequest naming the
 * field), NOT_FOUND (no device has the model), RESOURCE_EXHAUSTED (too many requests in
 * flight, with a retry hint; or a message too large, without one), UNAVAILABLE (no live
 * device, or the device was lost; with a retry hint), DEADLINE_EXCEEDED, CANCELLED.
 */
export interface LlmServiceHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Answers a conversation in one message.
   */
  Chat: grpc.handleUnaryCall<_ryzanstein_api_v1_ChatRequest__Output, _ryzanstein_api_v1_ChatResponse>;
  
  /**
   * Answers a conversation token by token. The last message carries `finish_reason`,
   * `usage` and `timings`; those before it carry text only.
   */
  ChatStream: grpc.handleServerStreamingCall<_ryzanstein_api_v1_ChatRequest__Output, _ryzanstein_api_v1_ChatChunk>;
  
  /**
   * Continues a plain prompt, without a chat template, in one message.
   */
  Complete: grpc.handleUnaryCall<_ryzanstein_api_v1_CompleteRequest__Output, _ryzanstein_api_v1_CompleteResponse>;
  
  /**
   * Continues a plain prompt token by token.
   */
  CompleteStream: grpc.handleServerStreamingCall<_ryzanstein_api_v1_CompleteRequest__Output, _ryzanstein_api_v1_CompleteChunk>;
  
  /**
   * Counts the tokens that a prompt or a conversation (its chat template included) takes.
   */
  CountTokens: grpc.handleUnaryCall<_ryzanstein_api_v1_CountTokensRequest__Output, _ryzanstein_api_v1_CountTokensResponse>;
  
  /**
   * Embeds 1 to 256 texts as vectors of length 1, in the order of the texts, under one lease.
   */
  Embed: grpc.handleUnaryCall<_ryzanstein_api_v1_EmbedRequest__Output, _ryzanstein_api_v1_EmbedResponse>;
  
  /**
   * Lists the models that registered devices serve now.
   */
  ListModels: grpc.handleUnaryCall<_ryzanstein_api_v1_ListModelsRequest__Output, _ryzanstein_api_v1_ListModelsResponse>;
  
}

export interface LlmServiceDefinition extends grpc.ServiceDefinition {
  Chat: MethodDefinition<_ryzanstein_api_v1_ChatRequest, _ryzanstein_api_v1_ChatResponse, _ryzanstein_api_v1_ChatRequest__Output, _ryzanstein_api_v1_ChatResponse__Output>
  ChatStream: MethodDefinition<_ryzanstein_api_v1_ChatRequest, _ryzanstein_api_v1_ChatChunk, _ryzanstein_api_v1_ChatRequest__Output, _ryzanstein_api_v1_ChatChunk__Output>
  Complete: MethodDefinition<_ryzanstein_api_v1_CompleteRequest, _ryzanstein_api_v1_CompleteResponse, _ryzanstein_api_v1_CompleteRequest__Output, _ryzanstein_api_v1_CompleteResponse__Output>
  CompleteStream: MethodDefinition<_ryzanstein_api_v1_CompleteRequest, _ryzanstein_api_v1_CompleteChunk, _ryzanstein_api_v1_CompleteRequest__Output, _ryzanstein_api_v1_CompleteChunk__Output>
  CountTokens: MethodDefinition<_ryzanstein_api_v1_CountTokensRequest, _ryzanstein_api_v1_CountTokensResponse, _ryzanstein_api_v1_CountTokensRequest__Output, _ryzanstein_api_v1_CountTokensResponse__Output>
  Embed: MethodDefinition<_ryzanstein_api_v1_EmbedRequest, _ryzanstein_api_v1_EmbedResponse, _ryzanstein_api_v1_EmbedRequest__Output, _ryzanstein_api_v1_EmbedResponse__Output>
  ListModels: MethodDefinition<_ryzanstein_api_v1_ListModelsRequest, _ryzanstein_api_v1_ListModelsResponse, _ryzanstein_api_v1_ListModelsRequest__Output, _ryzanstein_api_v1_ListModelsResponse__Output>
}
