import type { Stack } from '@ryzanstein/stack';

/** The stack that runs for all suites. */
export function sharedStack(): Stack {
  const { ryzansteinStack } = globalThis as { ryzansteinStack?: Stack };
  if (ryzansteinStack === undefined) throw new Error('Run this with `npm run test:stack`.');
  return ryzansteinStack;
}
