import type { Stack } from '@ryzanstein/stack';

/** The stack that runs for all suites. */
export function sharedStack(): Stack {
  const { ryzansteinStack } = globalThis as { ryzansteinStack?: Stack };
  if (ryzansteinStack === undefined) throw new Error('Run this with `npm run test:stack`.');
  return ryzansteinStack;
}

/** The file of sampling strategies that its Jaeger serves: a copy of the shipped one, for a suite to edit and put back. */
export function sharedSamplingFile(): string {
  const { ryzansteinSamplingFile } = globalThis as { ryzansteinSamplingFile?: string };
  if (ryzansteinSamplingFile === undefined) throw new Error('Run this with `npm run test:stack`.');
  return ryzansteinSamplingFile;
}
