import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const allocating = fileURLToPath(new URL('../test/allocating-process.ts', import.meta.url));

/** The largest young generation, in MiB, of a process that allocates some hundred MB. */
async function largestYoung(...args: readonly string[]): Promise<number> {
  const child = fork(allocating, args, { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [said] = (await once(child, 'message')) as [{ atMost: number }];
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
  return said.atMost;
}

// While it collects, V8 adds a few pages to the young generation: sizes are not exact.
describe('the heap of a process', () => {
  it('has a young generation of about 8 MiB where nothing is said', async () => {
    expect(await largestYoung()).toBeLessThan(20);
  });

  it('has what it is given', async () => {
    const largest = await largestYoung('16');
    expect(largest).toBeGreaterThanOrEqual(8);
    expect(largest).toBeLessThan(32);
  });

  it('would have far more without the bound', async () => {
    expect(await largestYoung('1024')).toBeGreaterThanOrEqual(32);
  });
});
