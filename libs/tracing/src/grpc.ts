export { contextInterceptor, serverCallHook } from './grpc/call-hooks.ts';
export type { ServerCallHook, ServerCallInfo } from './grpc/call-hooks.ts';
export { NotPatchedError, patchGrpc } from './grpc/grpc-patch.ts';
export type { RpcSpansOptions } from './grpc/rpc-spans.ts';
export { rpcTracerProvider } from './grpc/rpc-tracer.ts';
export { defaultUntracedMethods } from './grpc/untraced-methods.ts';
