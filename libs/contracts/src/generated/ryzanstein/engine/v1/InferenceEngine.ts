// Original file: protos/ryzanstein/engine/v1/engine.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { EmbedRequest as _ryzanstein_engine_v1_EmbedRequest, EmbedRequest__Output as _ryzanstein_engine_v1_EmbedRequest__Output } from '../../../ryzanstein/engine/v1/EmbedRequest.ts';
import type { EmbedResponse as _ryzanstein_engine_v1_EmbedResponse, EmbedResponse__Output as _ryzanstein_engine_v1_EmbedResponse__Output } from '../../../ryzanstein/engine/v1/EmbedResponse.ts';
import type { EndLeaseRequest as _ryzanstein_engine_v1_EndLeaseRequest, EndLeaseRequest__Output as _ryzanstein_engine_v1_EndLeaseRequest__Output } from '../../../ryzanstein/engine/v1/EndLeaseRequest.ts';
import type { EndLeaseResponse as _ryzanstein_engine_v1_EndLeaseResponse, EndLeaseResponse__Output as _ryzanstein_engine_v1_EndLeaseResponse__Output } from '../../../ryzanstein/engine/v1/EndLeaseResponse.ts';
import type { GenerateRequest as _ryzanstein_engine_v1_GenerateRequest, GenerateRequest__Output as _ryzanstein_engine_v1_GenerateRequest__Output } from '../../../ryzanstein/engine/v1/GenerateRequest.ts';
import type { GenerateResponse as _ryzanstein_engine_v1_GenerateResponse, GenerateResponse__Output as _ryzanstein_engine_v1_GenerateResponse__Output } from '../../../ryzanstein/engine/v1/GenerateResponse.ts';
import type { GetLoadRequest as _ryzanstein_engine_v1_GetLoadRequest, GetLoadRequest__Output as _ryzanstein_engine_v1_GetLoadRequest__Output } from '../../../ryzanstein/engine/v1/GetLoadRequest.ts';
import type { GetModelInfoRequest as _ryzanstein_engine_v1_GetModelInfoRequest, GetModelInfoRequest__Output as _ryzanstein_engine_v1_GetModelInfoRequest__Output } from '../../../ryzanstein/engine/v1/GetModelInfoRequest.ts';
import type { Load as _ryzanstein_engine_v1_Load, Load__Output as _ryzanstein_engine_v1_Load__Output } from '../../../ryzanstein/engine/v1/Load.ts';
import type { ModelInfo as _ryzanstein_engine_v1_ModelInfo, ModelInfo__Output as _ryzanstein_engine_v1_ModelInfo__Output } from '../../../ryzanstein/engine/v1/ModelInfo.ts';
import type { TokenizeRequest as _ryzanstein_engine_v1_TokenizeRequest, TokenizeRequest__Output as _ryzanstein_engine_v1_TokenizeRequest__Output } from '../../../ryzanstein/engine/v1/TokenizeRequest.ts';
import type { TokenizeResponse as _ryzanstein_engine_v1_TokenizeResponse, TokenizeResponse__Output as _ryzanstein_engine_v1_TokenizeResponse__Output } from '../../../ryzanstein/engine/v1/TokenizeResponse.ts';

/**
 * Runs sequences. One Generate call is one sequence; cancelling the call cancels it.
 */
export interface InferenceEngineClient extends grpc.Client {
  /**
   * Embeds texts as vectors of length 1, in the order of the texts: all of them or, with a status,
   * none. Each vector is what the model's own pooling gives (mean, first or last token); where its
   * file names none, as with models that generate text, the last token's state. Statuses as of
   * Generate; INVALID_ARGUMENT names each text at fault as `input[i]`, before any is embedded.
   * A cancel takes effect between two texts.
   */
  Embed(argument: _ryzanstein_engine_v1_EmbedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_engine_v1_EmbedResponse__Output>): grpc.ClientUnaryCall;
  Embed(argument: _ryzanstein_engine_v1_EmbedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_engine_v1_EmbedResponse__Output>): grpc.ClientUnaryCall;
  Embed(argument: _ryzanstein_engine_v1_EmbedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_engine_v1_EmbedResponse__Output>): grpc.ClientUnaryCall;
  Embed(argument: _ryzanstein_engine_v1_EmbedRequest, callback: grpc.requestCallback<_ryzanstein_engine_v1_EmbedResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Embeds texts as vectors of length 1, in the order of the texts: all of them or, with a status,
   * none. Each vector is what the model's own pooling gives (mean, first or last token); where its
   * file names none, as with models that generate text, the last token's state. Statuses as of
   * Generate; INVALID_ARGUMENT names each text at fault as `input[i]`, before any is embedded.
   * A cancel takes effect between two texts.
   */
  embed(argument: _ryzanstein_engine_v1_EmbedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_engine_v1_EmbedResponse__Output>): grpc.ClientUnaryCall;
  embed(argument: _ryzanstein_engine_v1_EmbedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_engine_v1_EmbedResponse__Output>): grpc.ClientUnaryCall;
  embed(argument: _ryzanstein_engine_v1_EmbedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_engine_v1_EmbedResponse__Output>): grpc.ClientUnaryCall;
  embed(argument: _ryzanstein_engine_v1_EmbedRequest, callback: grpc.requestCallback<_ryzanstein_engine_v1_EmbedResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Ends what came with a lease on the same connection, as if the coordinator had revoked the lease here;
   * without effect where nothing did. Its holder calls it where it hears of the loss, maybe before this
   * engine does: a call that it cancelled would end as one whose caller has left.
   */
  EndLease(argument: _ryzanstein_engine_v1_EndLeaseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_engine_v1_EndLeaseResponse__Output>): grpc.ClientUnaryCall;
  EndLease(argument: _ryzanstein_engine_v1_EndLeaseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_engine_v1_EndLeaseResponse__Output>): grpc.ClientUnaryCall;
  EndLease(argument: _ryzanstein_engine_v1_EndLeaseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_engine_v1_EndLeaseResponse__Output>): grpc.ClientUnaryCall;
  EndLease(argument: _ryzanstein_engine_v1_EndLeaseRequest, callback: grpc.requestCallback<_ryzanstein_engine_v1_EndLeaseResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Ends what came with a lease on the same connection, as if the coordinator had revoked the lease here;
   * without effect where nothing did. Its holder calls it where it hears of the loss, maybe before this
   * engine does: a call that it cancelled would end as one whose caller has left.
   */
  endLease(argument: _ryzanstein_engine_v1_EndLeaseRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_engine_v1_EndLeaseResponse__Output>): grpc.ClientUnaryCall;
  endLease(argument: _ryzanstein_engine_v1_EndLeaseRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_engine_v1_EndLeaseResponse__Output>): grpc.ClientUnaryCall;
  endLease(argument: _ryzanstein_engine_v1_EndLeaseRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_engine_v1_EndLeaseResponse__Output>): grpc.ClientUnaryCall;
  endLease(argument: _ryzanstein_engine_v1_EndLeaseRequest, callback: grpc.requestCallback<_ryzanstein_engine_v1_EndLeaseResponse__Output>): grpc.ClientUnaryCall;
  
  /**
   * Events come in the order Accepted, Started, Delta*, Done; a failure ends the stream
   * with a status instead of Done.
   * INVALID_ARGUMENT: bad field, or prompt + max_tokens over the context. NOT_FOUND: other
   * model. FAILED_PRECONDITION: lease revoked or epoch below the coordinator's minimum.
   * RESOURCE_EXHAUSTED: the engine's own short queue is full (with a retry hint).
   * UNAVAILABLE: loading, draining, or the lease was revoked while it ran (then with
   * the trailer x-lease-revoked).
   */
  Generate(argument: _ryzanstein_engine_v1_GenerateRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ryzanstein_engine_v1_GenerateResponse__Output>;
  Generate(argument: _ryzanstein_engine_v1_GenerateRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ryzanstein_engine_v1_GenerateResponse__Output>;
  /**
   * Events come in the order Accepted, Started, Delta*, Done; a failure ends the stream
   * with a status instead of Done.
   * INVALID_ARGUMENT: bad field, or prompt + max_tokens over the context. NOT_FOUND: other
   * model. FAILED_PRECONDITION: lease revoked or epoch below the coordinator's minimum.
   * RESOURCE_EXHAUSTED: the engine's own short queue is full (with a retry hint).
   * UNAVAILABLE: loading, draining, or the lease was revoked while it ran (then with
   * the trailer x-lease-revoked).
   */
  generate(argument: _ryzanstein_engine_v1_GenerateRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ryzanstein_engine_v1_GenerateResponse__Output>;
  generate(argument: _ryzanstein_engine_v1_GenerateRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ryzanstein_engine_v1_GenerateResponse__Output>;
  
  /**
   * How busy it is.
   */
  GetLoad(argument: _ryzanstein_engine_v1_GetLoadRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_engine_v1_Load__Output>): grpc.ClientUnaryCall;
  GetLoad(argument: _ryzanstein_engine_v1_GetLoadRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_engine_v1_Load__Output>): grpc.ClientUnaryCall;
  GetLoad(argument: _ryzanstein_engine_v1_GetLoadRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_engine_v1_Load__Output>): grpc.ClientUnaryCall;
  GetLoad(argument: _ryzanstein_engine_v1_GetLoadRequest, callback: grpc.requestCallback<_ryzanstein_engine_v1_Load__Output>): grpc.ClientUnaryCall;
  /**
   * How busy it is.
   */
  getLoad(argument: _ryzanstein_engine_v1_GetLoadRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_engine_v1_Load__Output>): grpc.ClientUnaryCall;
  getLoad(argument: _ryzanstein_engine_v1_GetLoadRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_engine_v1_Load__Output>): grpc.ClientUnaryCall;
  getLoad(argument: _ryzanstein_engine_v1_GetLoadRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_engine_v1_Load__Output>): grpc.ClientUnaryCall;
  getLoad(argument: _ryzanstein_engine_v1_GetLoadRequest, callback: grpc.requestCallback<_ryzanstein_engine_v1_Load__Output>): grpc.ClientUnaryCall;
  
  /**
   * What this engine runs.
   */
  GetModelInfo(argument: _ryzanstein_engine_v1_GetModelInfoRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_engine_v1_ModelInfo__Output>): grpc.ClientUnaryCall;
  GetModelInfo(argument: _ryzanstein_engine_v1_GetModelInfoRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_engine_v1_ModelInfo__Output>): grpc.ClientUnaryCall;
  GetModelInfo(argument: _ryzanstein_engine_v1_GetModelInfoRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_engine_v1_ModelInfo__Output>): grpc.ClientUnaryCall;
  GetModelInfo(argument: _ryzanstein_engine_v1_GetModelInfoRequest, callback: grpc.requestCallback<_ryzanstein_engine_v1_ModelInfo__Output>): grpc.ClientUnaryCall;
  /**
   * What this engine runs.
   */
  getModelInfo(argument: _ryzanstein_engine_v1_GetModelInfoRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_engine_v1_ModelInfo__Output>): grpc.ClientUnaryCall;
  getModelInfo(argument: _ryzanstein_engine_v1_GetModelInfoRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_engine_v1_ModelInfo__Output>): grpc.ClientUnaryCall;
  getModelInfo(argument: _ryzanstein_engine_v1_GetModelInfoRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_engine_v1_ModelInfo__Output>): grpc.ClientUnaryCall;
  getModelInfo(argument: _ryzanstein_engine_v1_GetModelInfoRequest, callback: grpc.requestCallback<_ryzanstein_engine_v1_ModelInfo__Output>): grpc.ClientUnaryCall;
  
  /**
   * Counts, and on request lists, the tokens of a prompt.
   */
  Tokenize(argument: _ryzanstein_engine_v1_TokenizeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_engine_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  Tokenize(argument: _ryzanstein_engine_v1_TokenizeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_engine_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  Tokenize(argument: _ryzanstein_engine_v1_TokenizeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_engine_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  Tokenize(argument: _ryzanstein_engine_v1_TokenizeRequest, callback: grpc.requestCallback<_ryzanstein_engine_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  /**
   * Counts, and on request lists, the tokens of a prompt.
   */
  tokenize(argument: _ryzanstein_engine_v1_TokenizeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_engine_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  tokenize(argument: _ryzanstein_engine_v1_TokenizeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ryzanstein_engine_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  tokenize(argument: _ryzanstein_engine_v1_TokenizeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ryzanstein_engine_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  tokenize(argument: _ryzanstein_engine_v1_TokenizeRequest, callback: grpc.requestCallback<_ryzanstein_engine_v1_TokenizeResponse__Output>): grpc.ClientUnaryCall;
  
}

/**
 * Runs sequences. One Generate call is one sequence; cancelling the call cancels it.
 */
export interface InferenceEngineHandlers extends grpc.UntypedServiceImplementation {
  /**
   * Embeds texts as vectors of length 1, in the order of the texts: all of them or, with a status,
   * none. Each vector is what the model's own pooling gives (mean, first or last token); where its
   * file names none, as with models that generate text, the last token's state. Statuses as of
   * Generate; INVALID_ARGUMENT names each text at fault as `input[i]`, before any is embedded.
   * A cancel takes effect between two texts.
   */
  Embed: grpc.handleUnaryCall<_ryzanstein_engine_v1_EmbedRequest__Output, _ryzanstein_engine_v1_EmbedResponse>;
  
  /**
   * Ends what came with a lease on the same connection, as if the coordinator had revoked the lease here;
   * without effect where nothing did. Its holder calls it where it hears of the loss, maybe before this
   * engine does: a call that it cancelled would end as one whose caller has left.
   */
  EndLease: grpc.handleUnaryCall<_ryzanstein_engine_v1_EndLeaseRequest__Output, _ryzanstein_engine_v1_EndLeaseResponse>;
  
  /**
   * Events come in the order Accepted, Started, Delta*, Done; a failure ends the stream
   * with a status instead of Done.
   * INVALID_ARGUMENT: bad field, or prompt + max_tokens over the context. NOT_FOUND: other
   * model. FAILED_PRECONDITION: lease revoked or epoch below the coordinator's minimum.
   * RESOURCE_EXHAUSTED: the engine's own short queue is full (with a retry hint).
   * UNAVAILABLE: loading, draining, or the lease was revoked while it ran (then with
   * the trailer x-lease-revoked).
   */
  Generate: grpc.handleServerStreamingCall<_ryzanstein_engine_v1_GenerateRequest__Output, _ryzanstein_engine_v1_GenerateResponse>;
  
  /**
   * How busy it is.
   */
  GetLoad: grpc.handleUnaryCall<_ryzanstein_engine_v1_GetLoadRequest__Output, _ryzanstein_engine_v1_Load>;
  
  /**
   * What this engine runs.
   */
  GetModelInfo: grpc.handleUnaryCall<_ryzanstein_engine_v1_GetModelInfoRequest__Output, _ryzanstein_engine_v1_ModelInfo>;
  
  /**
   * Counts, and on request lists, the tokens of a prompt.
   */
  Tokenize: grpc.handleUnaryCall<_ryzanstein_engine_v1_TokenizeRequest__Output, _ryzanstein_engine_v1_TokenizeResponse>;
  
}

export interface InferenceEngineDefinition extends grpc.ServiceDefinition {
  Embed: MethodDefinition<_ryzanstein_engine_v1_EmbedRequest, _ryzanstein_engine_v1_EmbedResponse, _ryzanstein_engine_v1_EmbedRequest__Output, _ryzanstein_engine_v1_EmbedResponse__Output>
  EndLease: MethodDefinition<_ryzanstein_engine_v1_EndLeaseRequest, _ryzanstein_engine_v1_EndLeaseResponse, _ryzanstein_engine_v1_EndLeaseRequest__Output, _ryzanstein_engine_v1_EndLeaseResponse__Output>
  Generate: MethodDefinition<_ryzanstein_engine_v1_GenerateRequest, _ryzanstein_engine_v1_GenerateResponse, _ryzanstein_engine_v1_GenerateRequest__Output, _ryzanstein_engine_v1_GenerateResponse__Output>
  GetLoad: MethodDefinition<_ryzanstein_engine_v1_GetLoadRequest, _ryzanstein_engine_v1_Load, _ryzanstein_engine_v1_GetLoadRequest__Output, _ryzanstein_engine_v1_Load__Output>
  GetModelInfo: MethodDefinition<_ryzanstein_engine_v1_GetModelInfoRequest, _ryzanstein_engine_v1_ModelInfo, _ryzanstein_engine_v1_GetModelInfoRequest__Output, _ryzanstein_engine_v1_ModelInfo__Output>
  Tokenize: MethodDefinition<_ryzanstein_engine_v1_TokenizeRequest, _ryzanstein_engine_v1_TokenizeResponse, _ryzanstein_engine_v1_TokenizeRequest__Output, _ryzanstein_engine_v1_TokenizeResponse__Output>
}
