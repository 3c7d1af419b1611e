export { detached } from './call-scope.ts';
export type { BidiStream } from './client/bidi.ts';
export type { CallOptions } from './client/call-options.ts';
export type { RequestStream } from './client/client-stream.ts';
export { createRpcClient } from './client/client.ts';
export type { ClientControls, RpcClient, RpcClientOptions } from './client/client.ts';
export type { ResponseStream } from './client/server-stream.ts';
export { RpcError } from './rpc-error.ts';
export type { RpcErrorOptions } from './rpc-error.ts';
export type {
  Authenticate,
  CallContext,
  CallOutcome,
  RpcLogger,
  ServerCallHook,
  ServerCallInfo,
} from './server/call-context.ts';
export { createRpcServer } from './server/server.ts';
export type { AddOptions, RpcServer, RpcServerOptions } from './server/server.ts';
export type { AnyService, ServiceHandlers, ServiceMethods } from './service-shapes.ts';
export type { FieldViolation } from './status-details.ts';
export { statusCode, statusName } from './status.ts';
export type { StatusName } from './status.ts';
