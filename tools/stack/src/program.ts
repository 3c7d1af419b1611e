import { spawn, type ChildProcess } from 'node:child_process';
import type { Guard } from './guard.ts';
import { becomes } from './poll.ts';

/** What to run. */
export interface ProgramPlan {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Whether it does its work now; to be alive is not enough. */
  ready(): Promise<boolean>;
  readonly readyWithinMs: number;
}

/** How a program ended. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One real program of the stack. Started again, it has the ports and the data that it had. */
export interface Program {
  readonly name: string;
  /** Undefined while it does not run. */
  readonly pid: number | undefined;
  /** Resolves once it is ready. Harmless where it runs. */
  start(): Promise<void>;
  /** SIGTERM, and SIGKILL where it has not ended after `withinMs` (20 s). Gives how it ended; undefined where it did not run. */
  stop(withinMs?: number): Promise<ProgramEnd | undefined>;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP: its connections stay open and nothing is answered. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** The last lines that it wrote, over all its starts. */
  logs(): string[];
}

const linesKept = 5_000;

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<ProgramEnd>;
}

/** Describes a program; nothing runs before `start`. */
export function createProgram(plan: ProgramPlan, guard: Guard): Program {
  const lines: string[] = [];
  let running: Running | undefined;

  const signal = (name: NodeJS.Signals): void => {
    running?.child.kill(name);
  };
  const program: Program = {
    name: plan.name,
    get pid() {
      return running?.child.pid;
    },
    async start() {
      if (running !== undefined) return;
      const now = launch(plan, guard, lines);
      running = now;
      const over = new AbortController();
      void now.ended.then(() => {
        if (running === now) running = undefined;
        over.abort();
      });
      if (await becomes(() => plan.ready(), plan.readyWithinMs, over.signal)) return;
      const last = lines.slice(-15).join('\n');
      const why = over.signal.aborted
        ? 'ended before it was ready'
        : `was not ready within ${plan.readyWithinMs / 1_000} s`;
      await program.kill();
      throw new Error(`${plan.name} ${why}; it said last:\n${last}`);
    },
    async stop(withinMs = 20_000) {
      const was = running;
      if (was === undefined) return undefined;
      // A stopped process takes no SIGTERM.
      signal('SIGCONT');
      signal('SIGTERM');
      const late = setTimeout(() => was.child.kill('SIGKILL'), withinMs);
      const end = await was.ended;
      clearTimeout(late);
      return end;
    },
    async kill() {
      const was = running;
      signal('SIGKILL');
      await was?.ended;
    },
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    logs: () => [...lines],
  };
  return program;
}

function launch(plan: ProgramPlan, guard: Guard, lines: string[]): Running {
  // In a group of its own: a terminal's Ctrl-C must reach this process alone, which stops them in order.
  const child = spawn(plan.command, plan.args, {
    cwd: plan.cwd,
    env: plan.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid !== undefined) guard.own(pid);
  const take = (line: string): void => {
    lines.push(line);
    if (lines.length > linesKept) lines.splice(0, lines.length - linesKept);
  };
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      parts.forEach(take);
    });
    stream.on('end', () => rest !== '' && take(rest));
  }
  const { promise: ended, resolve } = Promise.withResolvers<ProgramEnd>();
  child.once('error', (error) => {
    take(error.message);
    if (pid === undefined) resolve({ code: null, signal: null });
  });
  child.once('close', (code, signal) => {
    if (pid !== undefined) guard.disown(pid);
    resolve({ code, signal });
  });
  return { child, ended };
}
