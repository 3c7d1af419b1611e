export { fuzzMesh } from './fuzz-mesh.ts';
export type { FuzzOptions, FuzzReport } from './fuzz-mesh.ts';
