import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startGuard } from '../src/guard.ts';
import { becomes } from '../src/poll.ts';
import { createProgram, type Program, type ProgramPlan } from '../src/program.ts';
import { isAlive } from '../src/running-stack.ts';

const guard = startGuard();
afterAll(() => guard.release());

function node(code: string, plan: Partial<ProgramPlan> = {}): Program {
  return createProgram(
    {
      name: 'fixture',
      command: process.execPath,
      args: ['-e', code],
      env: process.env,
      cwd: tmpdir(),
      ready: async () => true,
      readyWithinMs: 10_000,
      ...plan,
    },
    guard,
  );
}

const stays = 'console.log("here"); setInterval(() => {}, 1000)';

it('starts, stops by SIGTERM, and starts again', async () => {
  const program: Program = node(stays, { ready: async () => program.logs().includes('here') });
  await program.start();
  const first = program.pid ?? 0;
  expect(isAlive(first)).toBe(true);
  expect(await program.stop()).toEqual({ code: null, signal: 'SIGTERM' });
  expect([program.pid, isAlive(first)]).toEqual([undefined, false]);
  await program.start();
  expect(program.pid).not.toBe(first);
  await program.kill();
  expect(program.pid).toBeUndefined();
});

it('kills what does not heed SIGTERM in time', async () => {
  const program: Program = node(`process.on('SIGTERM', () => {}); ${stays}`, {
    ready: async () => program.logs().includes('here'),
  });
  await program.start();
  expect(await program.stop(100)).toEqual({ code: null, signal: 'SIGKILL' });
});

it('stops one that is paused', async () => {
  const program = node(stays);
  await program.start();
  program.pause();
  const state = (): string | undefined => readFileSync(`/proc/${program.pid}/stat`, 'utf8').split(' ')[2];
  if (process.platform === 'linux') expect(await becomes(async () => state() === 'T', 5_000)).toBe(true);
  expect(await program.stop()).toEqual({ code: null, signal: 'SIGTERM' });
});

it('says what a program said last that ended before it was ready', async () => {
  const program = node('console.error("no such setting"); process.exit(3)', { ready: async () => false });
  await expect(program.start()).rejects.toThrow(
    'fixture ended before it was ready; it said last:\nno such setting',
  );
});

it('a program and its data do not outlive its owner, even one that is killed', async () => {
  const data = mkdtempSync(join(tmpdir(), 'stack-guard-'));
  const owner = fork(fileURLToPath(new URL('./fixtures/owner.ts', import.meta.url)), [data], {
    execArgv: [],
    stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
  });
  const pid = await new Promise<number>((resolve) =>
    owner.stdout?.once('data', (text) => resolve(Number(text))),
  );
  expect(isAlive(pid)).toBe(true);
  owner.kill('SIGKILL');
  expect(await becomes(async () => !isAlive(pid) && !existsSync(data), 10_000)).toBe(true);
});
