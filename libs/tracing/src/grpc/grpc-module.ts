import * as namespace from '@grpc/grpc-js';
import type grpcJs from '@grpc/grpc-js';

/**
 * grpc-js itself, the object that everyone in the process shares and that can be patched. An ES
 * module's view of it is a frozen copy, with the object as its default; a CommonJS module's is the
 * object.
 */
export const grpc: typeof grpcJs = (namespace as { default?: typeof grpcJs }).default ?? namespace;
