import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@ryzanstein/testing';
import { followFiles } from './followed-files.ts';

let folder: string;
const file = (name: string): string => join(folder, name);
const write = (name: string, text: string): void => writeFileSync(file(name), text);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'followed-files-'));
  write('cert', 'cert 1');
  write('key', 'key 1');
});
afterEach(() => rmSync(folder, { recursive: true }));

function follow(take?: (contents: readonly string[]) => void) {
  const seen: (readonly string[])[] = [];
  const troubles: string[] = [];
  let changes = 0;
  const clock = new FakeClock();
  const followed = followFiles({
    files: [file('cert'), file('key')],
    clock,
    take(contents) {
      take?.(contents);
      seen.push(contents);
    },
    onChange: () => (changes += 1),
    onTrouble: (sentence) => troubles.push(sentence),
  });
  return { followed, clock, seen, troubles, changes: () => changes };
}

const refusesMixed = ([cert, key]: readonly string[]): void => {
  if (cert?.slice(-1) !== key?.slice(-1)) throw new Error('the key is not that of the certificate');
};

test('takes the files at once, and again when one was written in place or replaced', async () => {
  const { followed, seen, changes } = follow();
  expect(seen).toEqual([['cert 1', 'key 1']]);
  await followed.look();
  expect(changes()).toBe(0);

  write('cert', 'cert 2');
  await followed.look();
  write('next', 'key 2');
  renameSync(file('next'), file('key'));
  await followed.look();
  expect(seen.slice(1)).toEqual([
    ['cert 2', 'key 1'],
    ['cert 2', 'key 2'],
  ]);
  expect(changes()).toBe(2);
  followed.stop();
});

test('says nothing of files that do not fit for a moment, and takes them when they do', async () => {
  const { followed, seen, troubles } = follow(refusesMixed);
  write('cert', 'cert 2');
  await followed.look();
  write('key', 'key 2');
  await followed.look();
  expect(seen.at(-1)).toEqual(['cert 2', 'key 2']);
  expect(troubles).toEqual([]);
  followed.stop();
});

test('says once of a trouble that lasts, keeps what was taken, and recovers', async () => {
  const { followed, seen, troubles } = follow(refusesMixed);
  write('cert', 'cert 2');
  for (let looks = 0; looks < 4; looks += 1) await followed.look();
  expect(troubles).toEqual([`${file('cert')}, ${file('key')}: the key is not that of the certificate`]);
  rmSync(file('key'));
  for (let looks = 0; looks < 3; looks += 1) await followed.look();
  expect(troubles.slice(1)).toEqual([`${file('key')} cannot be read (ENOENT)`]);
  expect(seen).toHaveLength(1);

  write('key', 'key 2');
  await followed.look();
  expect(seen.at(-1)).toEqual(['cert 2', 'key 2']);
  followed.stop();
});

test('looks every second, and leaves no timer once it is stopped', async () => {
  const { followed, clock } = follow();
  expect(clock.pendingTimers).toBe(1);
  clock.advance(999);
  expect(clock.pendingTimers).toBe(1);
  followed.stop();
  expect(clock.pendingTimers).toBe(0);
});

test('refuses to begin with a file that is missing, not fit or huge, by name', () => {
  expect(() => follow(() => refusesMixed(['1', '2']))).toThrow(
    `${file('cert')}, ${file('key')}: the key is not that of the certificate`,
  );
  rmSync(file('cert'));
  expect(() => follow()).toThrow(`${file('cert')} cannot be read (ENOENT)`);
  write('cert', 'x'.repeat(1024 * 1024 + 1));
  expect(() => follow()).toThrow(`${file('cert')} has 1048577 bytes, and 1048576 are the most`);
});
