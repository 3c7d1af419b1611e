import type { ServiceDefinition } from '@grpc/grpc-js';
import { fromJSON, type PackageDefinition } from '@grpc/proto-loader';
import { descriptors, reflectedFiles } from './generated/descriptors.ts';
import type {
  GpuCoordinatorDefinition,
  GpuCoordinatorHandlers,
} from './generated/ryzanstein/gpu/v1/GpuCoordinator.ts';
import type {
  InferenceEngineDefinition,
  InferenceEngineHandlers,
} from './generated/ryzanstein/engine/v1/InferenceEngine.ts';
import type { LlmServiceDefinition, LlmServiceHandlers } from './generated/ryzanstein/api/v1/LlmService.ts';
import { loaderOptions } from './loader-options.ts';

const packageDefinition: PackageDefinition = fromJSON(descriptors, loaderOptions);

/** The files of `protos/` for server reflection, fields named as in them. */
export const reflectedPackage = {
  files: { fileDescriptorProtos: reflectedFiles.map((file) => Buffer.from(file, 'base64')) },
} as unknown as PackageDefinition;

/**
 * A service definition that carries, for types alone, the handlers that implement it: the call
 * shapes are not part of grpc-js's own definition type.
 */
export type Service<Definition, Handlers> = Definition &
  ServiceDefinition & { readonly __handlers?: Handlers };

// The loader's types cannot know which service stands behind a name; the generated
// definitions do, and loader.spec.ts compares the two.
function service<Definition, Handlers>(name: string): Service<Definition, Handlers> {
  return packageDefinition[name] as Service<Definition, Handlers>;
}

/** `ryzanstein.api.v1.LlmService`: what clients of the mesh call. */
export const llmService = service<LlmServiceDefinition, LlmServiceHandlers>('ryzanstein.api.v1.LlmService');

/** `ryzanstein.gpu.v1.GpuCoordinator`: leases and devices. */
export const gpuCoordinator = service<GpuCoordinatorDefinition, GpuCoordinatorHandlers>(
  'ryzanstein.gpu.v1.GpuCoordinator',
);

/** `ryzanstein.engine.v1.InferenceEngine`: sequences on one device. */
export const inferenceEngine = service<InferenceEngineDefinition, InferenceEngineHandlers>(
  'ryzanstein.engine.v1.InferenceEngine',
);
