import { takePortBlock } from './port-block.ts';

it('gives ports in a row, and keeps others out while it is held', async () => {
  const block = await takePortBlock();
  const first = block.next();
  expect(block.next()).toBe(first + 1);
  await expect(takePortBlock(first - 1)).rejects.toThrow(
    `Port ${first - 1} is taken: name the first of 24 free ports.`,
  );
  for (let given = 2; given < 23; given += 1) block.next();
  expect(() => block.next()).toThrow('A stack has no more than 23 ports.');
  block.release();
});
