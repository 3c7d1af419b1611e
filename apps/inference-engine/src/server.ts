import { inferenceEngine, reflectedPackage } from '@ryzanstein/contracts';
import {
  createRpcServer,
  type RpcServer,
  type RpcServerOptions,
  type ServiceHandlers,
} from '@ryzanstein/rpc';

/** Full name of the service; its health says whether a model is loaded and served. */
export const serviceName = 'ryzanstein.engine.v1.InferenceEngine';

/** The engine's gRPC server, not yet listening and not yet ready. */
export function createServer(
  handlers: ServiceHandlers<typeof inferenceEngine>,
  options: Pick<RpcServerOptions, 'logger' | 'onCall' | 'keepaliveMs' | 'tls'>,
): RpcServer {
  return createRpcServer({ ...options, trustedCallers: true, reflection: reflectedPackage }).add(
    inferenceEngine,
    handlers,
  );
}
