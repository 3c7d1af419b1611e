import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withProcessLock } from './process-lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'process-lock-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('lets one in after the other, and says that it waits', async () => {
  const file = join(folder, 'lock');
  const order: string[] = [];
  const { promise: leave, resolve: letGo } = Promise.withResolvers<void>();
  const first = withProcessLock(file, async () => {
    order.push('first in');
    await leave;
    order.push('first out');
  });
  const second = withProcessLock(
    file,
    async () => void order.push('second in'),
    () => {
      order.push('second waits');
      letGo();
    },
  );
  await Promise.all([first, second]);
  expect(order).toEqual(['first in', 'second waits', 'first out', 'second in']);
});

it('is free again after work that failed', async () => {
  const file = join(folder, 'failed');
  await expect(withProcessLock(file, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await withProcessLock(file, async () => 'in')).toBe('in');
});
