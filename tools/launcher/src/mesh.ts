import type { ProcessPlan, RunningAddresses } from './process-plan.ts';
import {
  ProcessEnded,
  superviseProcess,
  type ProcessExit,
  type SupervisedProcess,
} from './supervised-process.ts';

export interface MeshOptions {
  /** The whole environment of the processes, but for what the plan adds. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** How long one process may take until it is ready. */
  readonly startTimeoutMs: number;
  readonly onLine: (name: string, line: string, stream: 'stdout' | 'stderr') => void;
  readonly onReady?: (name: string, addresses: Readonly<Record<string, string>>, tookMs: number) => void;
}

/** The processes of a plan, started and stopped together. */
export interface Mesh {
  /** Resolves when all are ready. Rejects where one ends or is late: `stop` must follow. */
  start(): Promise<RunningAddresses>;
  /** Starts one again that has ended, at the addresses that it had. */
  restart(name: string): Promise<void>;
  readonly processes: ReadonlyMap<string, SupervisedProcess>;
  /** Resolves at the first end of a process that nobody asked for. */
  readonly fallen: Promise<ProcessExit>;
  /**
   * Stops all, the last started first, each with one SIGTERM as soon as those before it have no work any
   * more; what takes their telemetry, when they have ended. What still runs after `graceMs` is killed.
   *
   * @returns the names of those that had to be killed
   */
  stop(graceMs: number): Promise<readonly string[]>;
  /** Makes a stop under way hurry: a second SIGTERM, and the end two seconds later. */
  force(): void;
  /** Ends all at once, without waiting; for the very end of this process. */
  killAll(): void;
}

// A process counts signals within half a second as one, by its own clock: a busy one may have heard
// the first wish late, so the second is said twice.
const saidAgainMs = 700;
const forcedWithinMs = 2_000;

/** Nothing runs before `start`. */
export function createMesh(plan: readonly ProcessPlan[], options: MeshOptions): Mesh {
  const processes = new Map<string, SupervisedProcess>();
  const running: Record<string, Readonly<Record<string, string>>> = {};
  const { promise: fallen, resolve: resolveFallen } = Promise.withResolvers<ProcessExit>();
  const { promise: forced, resolve: resolveForced } = Promise.withResolvers<void>();
  let stopping = false;

  const alive = (): SupervisedProcess[] => [...processes.values()].filter((process) => process.running);

  const launch = async (step: ProcessPlan, addresses: Readonly<Record<string, string>>): Promise<void> => {
    const startedAt = performance.now();
    const listening: Record<string, string> = {};
    for (const { variable, key, address } of step.listens) listening[variable] = addresses[key] ?? address;
    const child = superviseProcess({
      name: step.name,
      program: step.program,
      ...(step.args === undefined ? {} : { args: step.args }),
      env: { ...options.env, ...step.env(running), ...listening },
      cwd: options.cwd,
      onLine: (line, stream) => options.onLine(step.name, line, stream),
    });
    processes.set(step.name, child);
    void child.exited.then((exit) => {
      if (!stopping) resolveFallen(exit);
    });
    running[step.name] = await within(options.startTimeoutMs, child);
    options.onReady?.(step.name, running[step.name] ?? {}, performance.now() - startedAt);
  };

  return {
    processes,
    fallen,
    async start() {
      const ready = new Map<string, Promise<void>>();
      for (const step of plan) {
        const before = step.after.map((name) => {
          const earlier = ready.get(name);
          if (earlier === undefined)
            throw new Error(`${step.name} starts after ${name}, which is not before it`);
          return earlier;
        });
        ready.set(
          step.name,
          Promise.all(before).then(() => {
            if (stopping) throw new Error('The start was given up.');
            return launch(step, {});
          }),
        );
      }
      // One that was ready may end while others still start.
      await Promise.race([Promise.all(ready.values()), fallen.then(rejectWith)]);
      return running;
    },
    async restart(name) {
      const step = plan.find((candidate) => candidate.name === name);
      if (step === undefined) throw new Error(`There is no process ${name}.`);
      const earlier = processes.get(name);
      if (earlier?.running === true) throw new Error(`${name} still runs.`);
      await launch(step, running[name] ?? {});
    },
    async stop(graceMs) {
      stopping = true;
      const graceOver = timer(graceMs);
      const stopped: SupervisedProcess[] = [];
      // Each sends what it has recorded while the next one drains: where nobody takes it, they give up
      // side by side and not in turn.
      const allOf = (wait: 'drained' | 'exited'): Promise<unknown> =>
        Promise.race([Promise.all(stopped.map((child) => child[wait])), graceOver.done, forced]);
      for (const child of [...processes.values()].reverse()) {
        await allOf(
          plan.some((step) => step.name === child.name && step.takesTelemetry === true)
            ? 'exited'
            : 'drained',
        );
        child.signal('SIGTERM');
        stopped.push(child);
      }
      await allOf('exited');
      graceOver.cancel();
      const killed = alive().map((child) => child.name);
      if (killed.length > 0) {
        for (const child of alive()) child.signal('SIGKILL');
        await Promise.all([...processes.values()].map((child) => child.exited));
      }
      return killed;
    },
    force() {
      const hurry = (): void => alive().forEach((child) => void child.signal('SIGTERM'));
      hurry();
      setTimeout(hurry, saidAgainMs).unref();
      setTimeout(resolveForced, forcedWithinMs).unref();
    },
    killAll() {
      for (const child of alive()) child.signal('SIGKILL');
    },
  };
}

function rejectWith(exit: ProcessExit): never {
  throw new ProcessEnded(exit);
}

async function within(
  timeoutMs: number,
  child: SupervisedProcess,
): Promise<Readonly<Record<string, string>>> {
  const late = timer(timeoutMs);
  try {
    return await Promise.race([
      child.ready,
      late.done.then(() => {
        throw new Error(
          `${child.name} was not ready within ${timeoutMs / 1_000} s; RYZ_START_TIMEOUT_MS gives it longer.`,
        );
      }),
    ]);
  } finally {
    late.cancel();
  }
}

function timer(delayMs: number): { done: Promise<void>; cancel(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const handle = setTimeout(resolve, delayMs);
  return { done: promise, cancel: () => clearTimeout(handle) };
}
