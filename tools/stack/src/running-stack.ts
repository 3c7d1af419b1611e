import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { workspace } from './program-plans.ts';
import type { StackEndpoints } from './stack.ts';

/** What a running `up` tells the other commands of the same checkout. */
export interface RunningStack {
  readonly pid: number;
  readonly endpoints: StackEndpoints;
}

const standardFile = join(workspace, '.data', 'stack.json');

/** Says that this process runs a stack. */
export function announceStack(stack: RunningStack, file = standardFile): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(stack));
}

/** Takes that back. */
export function withdrawStack(file = standardFile): void {
  rmSync(file, { force: true });
}

/** The stack that runs; undefined where there is none, or its process has ended without a word. */
export function findStack(file = standardFile): RunningStack | undefined {
  if (!existsSync(file)) return undefined;
  const stack = JSON.parse(readFileSync(file, 'utf8')) as RunningStack;
  return isAlive(stack.pid) ? stack : undefined;
}

/** Whether a process of that number exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
