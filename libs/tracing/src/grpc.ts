export { contextInterceptor, serverCallHook } from './grpc/call-hooks.ts';
export type { ServerCallHook, ServerCallInfo } from './grpc/call-hooks.ts';
export { NotPatchedError, patchGrpc } from './grpc/grpc-patch.ts';
export { defaultUntracedMethods, rpcTracerProvider } from './grpc/rpc-tracer.ts';
export type { RpcTracerOptions } from './grpc/rpc-tracer.ts';
