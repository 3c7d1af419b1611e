export { loaderOptions } from './loader-options.ts';
export { gpuCoordinator, inferenceEngine, llmService, reflectedPackage } from './loader.ts';
export type { Service } from './loader.ts';
