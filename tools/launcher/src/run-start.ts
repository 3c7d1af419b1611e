import { ConfigError } from '@ryzanstein/runtime';
import { addressProblems, takenAddress } from './free-addresses.ts';
import { createMesh, type Mesh } from './mesh.ts';
import { isNpmScript, watchParent } from './parent-watch.ts';
import { openProcessLogs } from './process-logs.ts';
import { friendly, type ProcessPlan, type RunningAddresses } from './process-plan.ts';
import { createScreen, type Output, type Screen } from './screen.ts';
import { endText, ProcessEnded, type ProcessExit } from './supervised-process.ts';
import { createWishReader, signalExitCode, stopSignals, type StopSignal } from './wishes.ts';

/** What a start has to do with the world. */
export interface StartIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly output: Output;
  /** Signals arrive here, and `exit` when the process ends in whatever way lets it say so. */
  readonly process: Pick<NodeJS.Process, 'on' | 'off'>;
}

/** What is started and what follows, so that the order of things can be tested on any processes. */
export interface StartParts {
  readonly plan: readonly ProcessPlan[];
  readonly cwd: string;
  readonly logFolder: string;
  /** Stop when the work is done instead of staying up. */
  readonly once: boolean;
  readonly drainMs: number;
  readonly startTimeoutMs: number;
  build(screen: Screen): Promise<void>;
  /** Resolves when the mesh as a whole can work. */
  untilHealthy(running: RunningAddresses, signal: AbortSignal): Promise<void>;
  /** Shows that it works. False where it did not. */
  demonstrate(screen: Screen, running: RunningAddresses, signal: AbortSignal): Promise<boolean>;
  /** Said when all is up and stays up. */
  invite(screen: Screen, running: RunningAddresses): void;
}

// Flushing what is still to be exported comes after the calls have ended.
const flushMs = 5_000;

/**
 * Builds, starts, shows and stays up, or says what went wrong and leaves nothing running.
 *
 * @returns the exit code: 0 done, 1 failed, 128 + signal where a signal came before all was up
 */
export async function runStart(parts: StartParts, io: StartIo): Promise<number> {
  const screen = createScreen(io.output, io.env);
  const logs = openProcessLogs(parts.logFolder, screen);
  const mesh = createMesh(parts.plan, {
    env: io.env,
    cwd: parts.cwd,
    startTimeoutMs: parts.startTimeoutMs,
    onLine: (name, line) => logs.take(name, line),
    onReady: (name, addresses, tookMs) =>
      screen.step(
        name,
        tookMs,
        Object.entries(addresses)
          .map(([key, address]) => `${key} ${friendly(address)}`)
          .join(', '),
      ),
  });
  const stop = new AbortController();
  let stoppedBy: StopSignal | undefined;
  const wishOf = createWishReader();
  const onSignal = (signal: StopSignal): void => {
    const wish = wishOf(performance.now());
    if (wish === 'stop') {
      stoppedBy = signal;
      stop.abort();
    } else if (wish === 'force') mesh.force();
  };
  // Whatever ends this process, nothing that it started outlives it. The signals are heard to the
  // last: one more Ctrl-C while the lights go out must not change the exit code.
  const onExit = (): void => mesh.killAll();
  for (const signal of stopSignals) io.process.on(signal, onSignal);
  const parent = isNpmScript(io.env) ? watchParent(() => onSignal('SIGTERM')) : undefined;
  io.process.on('exit', onExit);

  let exitCode: number;
  try {
    exitCode = await run(parts, mesh, screen, stop.signal);
  } catch (error) {
    exitCode = 1;
    if (stoppedBy !== undefined) exitCode = signalExitCode(stoppedBy);
    else tellFailure(screen, error, parts);
  }
  const orderly = await stopAll(mesh, screen, parts.drainMs + flushMs);
  if (!orderly && exitCode === 0) exitCode = 1;
  await logs.close();
  parent?.cancel();
  io.process.off('exit', onExit);
  return exitCode;
}

async function run(parts: StartParts, mesh: Mesh, screen: Screen, stop: AbortSignal): Promise<number> {
  const startedAt = performance.now();
  const aborted = rejectedOnAbort(stop);
  const before = <T>(work: Promise<T>): Promise<T> => Promise.race([work, aborted]);
  const fallen = mesh.fallen.then((exit): never => {
    throw new ProcessEnded(exit);
  });
  fallen.catch(() => {});

  const problems = await before(addressProblems(parts.plan));
  if (problems.length > 0) throw new ConfigError(problems);
  await before(parts.build(screen));
  const running = await before(mesh.start());
  const healthyFrom = performance.now();
  await before(Promise.race([parts.untilHealthy(running, stop), fallen]));
  screen.step('healthy', performance.now() - healthyFrom);
  const shown = await before(Promise.race([parts.demonstrate(screen, running, stop), fallen]));
  if (parts.once) return shown ? 0 : 1;
  screen.line();
  screen.line(`Up after ${((performance.now() - startedAt) / 1_000).toFixed(1)} s. Ctrl-C stops everything.`);
  parts.invite(screen, running);

  const exit = await Promise.race([mesh.fallen, onceAborted(stop)]);
  if (exit === undefined) return 0;
  tellFallen(screen, exit);
  return 1;
}

/** False where something had to be killed. */
async function stopAll(mesh: Mesh, screen: Screen, graceMs: number): Promise<boolean> {
  const startedAt = performance.now();
  if (![...mesh.processes.values()].some((process) => process.running)) return true;
  screen.line();
  const killed = await mesh.stop(graceMs);
  if (killed.length > 0) screen.line(screen.colors.yellow(`Killed: ${killed.join(', ')}.`));
  screen.step('stopped', performance.now() - startedAt);
  return killed.length === 0;
}

function tellFailure(screen: Screen, error: unknown, parts: StartParts): void {
  const { red } = screen.colors;
  if (error instanceof ConfigError) {
    for (const problem of error.problems) screen.line(red(problem));
    return;
  }
  if (!(error instanceof ProcessEnded)) {
    screen.line(red(error instanceof Error ? error.message : String(error)));
    return;
  }
  const { exit } = error;
  const plan = parts.plan.find(({ name }) => name === exit.name);
  const taken = plan && takenAddress(plan, exit.lastWords);
  tellFallen(screen, exit);
  if (taken !== undefined) screen.line(red(taken));
}

function tellFallen(screen: Screen, exit: ProcessExit): void {
  const { red, dim } = screen.colors;
  screen.line();
  screen.line(red(`${exit.name} ${endText(exit)}.`));
  for (const words of exit.lastWords) screen.line(dim(`  ${words}`));
}

function rejectedOnAbort(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {});
  if (signal.aborted) reject(signal.reason);
  else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return promise;
}

function onceAborted(signal: AbortSignal): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  if (signal.aborted) resolve(undefined);
  else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  return promise;
}
