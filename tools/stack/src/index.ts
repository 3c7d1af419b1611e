export { obtainPrograms } from './obtain.ts';
export type { ObtainedPrograms, ObtainOptions } from './obtain.ts';
export type { Program, ProgramEnd } from './program.ts';
export type { ProgramName } from './program-plans.ts';
export { runTool, ToolFailed } from './run-tool.ts';
export { startStack } from './stack.ts';
export type { Stack, StackEndpoints, StackOptions } from './stack.ts';
export type { StackPorts } from './stack-ports.ts';
