export type { MeshAddresses, ProgramName } from './mesh-plan.ts';
export { startMesh } from './start-mesh.ts';
export type { MeshProcess, RunningMesh, StartMeshOptions } from './start-mesh.ts';
export type { ProcessExit, SupervisedProcess } from './supervised-process.ts';
