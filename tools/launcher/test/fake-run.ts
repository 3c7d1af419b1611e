import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { FakeStart } from './fixtures/fake-start.ts';

const program = fileURLToPath(new URL('fixtures/fake-start.ts', import.meta.url));

/** A launcher with fake services, in a process group of its own as under a terminal. */
export function fakeRun(asked: Omit<FakeStart, 'folder'>) {
  const folder = mkdtempSync(join(tmpdir(), 'ryz-launcher-'));
  const child = spawn(process.execPath, [program, JSON.stringify({ ...asked, folder })], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', NODE_OPTIONS: '' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const journal = (): string[] => {
    try {
      return readFileSync(join(folder, 'journal'), 'utf8').trim().split('\n');
    } catch {
      return [];
    }
  };
  const pids = (): number[] =>
    journal().flatMap((line) => (/ pid (\d+)$/.exec(line)?.[1] ?? '').match(/\d+/g)?.map(Number) ?? []);
  return {
    pid: child.pid ?? 0,
    output: () => output,
    journal,
    ended,
    pidOf: (name: string) =>
      Number(
        journal()
          .find((line) => line.startsWith(`${name} pid`))
          ?.split(' ')[2],
      ),
    logOf: (name: string) => readFileSync(join(folder, 'logs', `${name}.log`), 'utf8'),
    signal: (name: NodeJS.Signals) => child.kill(name),
    signalGroup: (name: NodeJS.Signals) => process.kill(-(child.pid ?? 0), name),
    until: (text: string) =>
      until(
        () => output.includes(text),
        `"${text}"`,
        () => output,
      ),
    /** Resolves when no service runs any more. */
    allGone: () =>
      until(
        () => pids().every((pid) => !isAlive(pid)),
        'the end of all',
        () => String(pids()),
      ),
    async clean() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
      await until(
        () => pids().every((pid) => !isAlive(pid)),
        'the end of all',
        () => String(pids()),
      );
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Polls until `condition` holds; fails with what was there instead. */
export async function until(condition: () => boolean, what: string, instead: () => string): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`no ${what} in time; there was: ${instead()}`);
    await pause(20);
  }
}

/** False also for a process that has ended and was not yet waited for by its parent. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return process.platform !== 'linux';
  }
}
