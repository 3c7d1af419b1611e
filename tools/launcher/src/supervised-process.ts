import type { ProcessMessage } from '@ryzanstein/runtime';
import { fork } from 'node:child_process';
import { isNotable, lineSplitter, readLogLine, shortLine } from './log-lines.ts';

/** How a process ended. */
export interface ProcessExit {
  readonly name: string;
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said last about why: its own sentences, else its last error lines. */
  readonly lastWords: readonly string[];
}

/** What to run and what to do with its output. */
export interface ProcessOptions {
  readonly name: string;
  readonly program: string;
  readonly args?: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
}

/** A child process that reports over IPC when it is ready, and dies with this one. */
export interface SupervisedProcess {
  readonly name: string;
  /** Undefined where it could not be started. */
  readonly pid: number | undefined;
  /** Its addresses; rejects with ProcessEnded where it ends before. */
  readonly ready: Promise<Readonly<Record<string, string>>>;
  /** Resolves when no work runs in it any more, at its end at the latest. */
  readonly drained: Promise<void>;
  /** Never rejects. */
  readonly exited: Promise<ProcessExit>;
  readonly running: boolean;
  /** Harmless after its end. */
  signal(name: NodeJS.Signals): void;
}

/** A process ended that was to become ready. */
export class ProcessEnded extends Error {
  override readonly name = 'ProcessEnded';
  readonly exit: ProcessExit;

  constructor(exit: ProcessExit) {
    super(`${exit.name} ${endText(exit)} before it was ready.`);
    this.exit = exit;
  }
}

const wordsKept = 12;
// What was said long before has nothing to do with the end.
const wordsCountForMs = 5_000;
// Output may be held open by a process that the child started itself.
const outputEndsWithinMs = 500;

/** `ended with exit code 1`, `was ended by SIGKILL`. */
export function endText({ code, signal }: ProcessExit): string {
  return signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
}

/**
 * Starts a Node program in this process's group, with an IPC channel whose end makes it stop. It leaves
 * a terminal's SIGINT to this process (`RYZ_UNDER_LAUNCHER`).
 */
export function superviseProcess(options: ProcessOptions): SupervisedProcess {
  const { name } = options;
  const child = fork(options.program, options.args ?? [], {
    cwd: options.cwd,
    env: { ...options.env, RYZ_UNDER_LAUNCHER: '1' },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const words: { readonly text: string; readonly atMs: number }[] = [];
  let problems: readonly string[] = [];
  let running = true;

  const { promise: exited, resolve: resolveExited } = Promise.withResolvers<ProcessExit>();
  const {
    promise: ready,
    resolve: resolveReady,
    reject: rejectReady,
  } = Promise.withResolvers<Readonly<Record<string, string>>>();
  ready.catch(() => {});
  const { promise: drained, resolve: resolveDrained } = Promise.withResolvers<void>();

  for (const stream of ['stdout', 'stderr'] as const) {
    const lines = lineSplitter((line) => {
      const record = readLogLine(line);
      if (record === undefined ? stream === 'stderr' : isNotable(record)) {
        words.push({ text: record === undefined ? line : shortLine(record), atMs: performance.now() });
        if (words.length > wordsKept) words.shift();
      }
      options.onLine(line, stream);
    });
    child[stream]
      ?.setEncoding('utf8')
      .on('data', (text: string) => lines.push(text))
      .on('end', () => lines.end());
  }
  child.on('message', (message: ProcessMessage) => {
    if (message.type === 'ready') resolveReady(message.addresses);
    if (message.type === 'drained') resolveDrained();
    if (message.type === 'failed') problems = message.problems;
  });

  const finish = (code: number | null, signal: NodeJS.Signals | null): void => {
    running = false;
    const since = performance.now() - wordsCountForMs;
    const recent = words.filter(({ atMs }) => atMs >= since).map(({ text }) => text);
    const exit: ProcessExit = { name, code, signal, lastWords: problems.length > 0 ? problems : recent };
    rejectReady(new ProcessEnded(exit));
    resolveDrained();
    resolveExited(exit);
  };
  child.on('error', (error) => {
    // 'error' also tells of a signal that could not be sent; then there is an exit to come.
    if (child.pid !== undefined) return;
    problems = [error.message];
    finish(1, null);
  });
  child.on('exit', (code, signal) => {
    running = false;
    const late = setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
      finish(code, signal);
    }, outputEndsWithinMs);
    child.once('close', () => {
      clearTimeout(late);
      finish(code, signal);
    });
  });
  return {
    name,
    pid: child.pid,
    ready,
    drained,
    exited,
    get running() {
      return running && child.pid !== undefined;
    },
    signal(signalName) {
      if (running) child.kill(signalName);
    },
  };
}
