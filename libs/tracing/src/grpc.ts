export { contextInterceptor, serverCallHook } from './call-hooks.ts';
export type { ServerCallHook, ServerCallInfo } from './call-hooks.ts';
export { NotPatchedError, patchGrpc } from './grpc-patch.ts';
export { defaultUntracedMethods, rpcTracerProvider } from './rpc-tracer.ts';
export type { RpcTracerOptions } from './rpc-tracer.ts';
