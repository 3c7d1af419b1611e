import type * as grpc from '@grpc/grpc-js';
import type { MethodDefinition } from '@grpc/proto-loader';
import type { BidiStream } from './client/bidi.ts';
import type { CallOptions } from './client/call-options.ts';
import type { RequestStream } from './client/client-stream.ts';
import type { ResponseStream } from './client/server-stream.ts';
import type { CallContext } from './server/call-context.ts';

/** A service definition that carries, for types alone, the grpc-js handlers that would implement it. */
export type AnyService = grpc.ServiceDefinition & { readonly __handlers?: unknown };

type HandlersOf<S> = S extends { readonly __handlers?: infer H } ? NonNullable<H> : never;

// The generated handlers have an index signature beside their methods.
type Methods<H> = { [M in keyof H as string extends M ? never : number extends M ? never : M]: H[M] };

type MethodName<S> = keyof Methods<HandlersOf<S>> & keyof S & string;

type ServerMethod<H> =
  H extends grpc.handleBidiStreamingCall<infer Request, infer Response>
    ? (requests: AsyncIterable<Request>, ctx: CallContext) => AsyncIterable<Response>
    : H extends grpc.handleServerStreamingCall<infer Request, infer Response>
      ? (request: Request, ctx: CallContext) => AsyncIterable<Response>
      : H extends grpc.handleClientStreamingCall<infer Request, infer Response>
        ? (requests: AsyncIterable<Request>, ctx: CallContext) => Promise<Response>
        : H extends grpc.handleUnaryCall<infer Request, infer Response>
          ? (request: Request, ctx: CallContext) => Promise<Response>
          : never;

/** What implements a service: one function per method, shaped as the method's messages flow. */
export type ServiceHandlers<S> = {
  [M in MethodName<S>]: ServerMethod<HandlersOf<S>[M & keyof HandlersOf<S>]>;
};

type ClientMethod<H, Request, Response> =
  H extends grpc.handleBidiStreamingCall<infer _Request, infer _Response>
    ? (options?: CallOptions) => BidiStream<Request, Response>
    : H extends grpc.handleServerStreamingCall<infer _Request, infer _Response>
      ? (request: Request, options?: CallOptions) => ResponseStream<Response>
      : H extends grpc.handleClientStreamingCall<infer _Request, infer _Response>
        ? (options?: CallOptions) => RequestStream<Request, Response>
        : (request: Request, options?: CallOptions) => Promise<Response>;

type RequestInit<D> =
  D extends MethodDefinition<infer Request, infer _R, infer _Q, infer _S> ? Request : never;
type ResponseRead<D> =
  D extends MethodDefinition<infer _Q, infer _R, infer _S, infer Response> ? Response : never;

/** The methods of a service as a client calls them. */
export type ServiceMethods<S> = {
  [M in MethodName<S>]: ClientMethod<
    HandlersOf<S>[M & keyof HandlersOf<S>],
    RequestInit<S[M]>,
    ResponseRead<S[M]>
  >;
};
