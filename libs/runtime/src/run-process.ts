import { boundHeap } from './bounded-heap.ts';
import { ConfigError } from './config.ts';
import type { Logger } from './logger.ts';

/** How a process is asked to stop. */
export interface StopRequest {
  /** How long running work may take to finish. */
  readonly graceMs: number;
  /** Aborts when a second signal asks to stop at once. */
  readonly force: AbortSignal;
  /** To be called when no work runs any more, and only what was recorded is still to be sent. */
  readonly drained: () => void;
}

/** What `start` gives back once the process serves. */
export interface RunningProcess {
  /** Where it listens, by name (`grpc`, `http`, `ui` …), as host:port with the actual port. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Finishes what runs, flushes and closes. Called once. */
  stop(request: StopRequest): Promise<void>;
}

/** How a process runs from start to exit. */
export interface ProcessOptions {
  /** Name used in what is said on standard error. */
  readonly name: string;
  readonly graceMs: number;
  /** True where a launcher stops this process: a SIGINT of the terminal is then the launcher's alone. */
  readonly underLauncher: boolean;
  /** Size that the young generation of the heap may grow to, in MiB; default 8. More saves time where much is allocated. */
  readonly youngHeapMiB?: number;
  /** Starts everything; `stopping` aborts when a signal arrives before it is done. */
  start(stopping: AbortSignal): Promise<RunningProcess>;
  /** Told about failures nobody caught; the process then stops with exit code 1. */
  readonly logger?: () => Logger | undefined;
}

/** Told to a parent process over its IPC channel. */
export type ProcessMessage =
  | { readonly type: 'ready'; readonly name: string; readonly addresses: Readonly<Record<string, string>> }
  /** No work runs any more: what this one depends on may stop, but for what takes its telemetry. */
  | { readonly type: 'drained'; readonly name: string }
  | { readonly type: 'failed'; readonly name: string; readonly problems: readonly string[] };

// A terminal sends SIGINT to the whole group and npm passes it on once more: one wish, two signals.
const sameSignalMs = 500;
// After a forced stop nothing is waited for; this is only for a stop that hangs.
const hungStopMs = 3_000;
const defaultYoungHeapMiB = 8;

/**
 * Runs a process: start, report readiness over IPC, wait for a signal, stop, exit.
 *
 * SIGTERM, SIGINT and the end of the parent's IPC channel stop it; a second signal forces.
 * The heap is bounded (see `boundHeap`). Exit code 0 after a stop that was asked for, 1 after any failure. A failed start is said on
 * standard error in sentences, without a stack trace.
 */
export async function runProcess(options: ProcessOptions): Promise<void> {
  boundHeap(options.youngHeapMiB ?? defaultYoungHeapMiB);
  const stopping = new AbortController();
  const force = new AbortController();
  let exitCode = 0;
  let lastSignalAt = -Infinity;

  const requestStop = (): void => {
    const now = performance.now();
    if (now - lastSignalAt < sameSignalMs) return;
    lastSignalAt = now;
    if (!stopping.signal.aborted) stopping.abort();
    else if (!force.signal.aborted) {
      force.abort();
      setTimeout(() => process.exit(1), hungStopMs).unref();
    } else process.exit(1);
  };
  const fail = (error: unknown): void => {
    exitCode = 1;
    options.logger?.()?.error({ err: error }, `${options.name} met an unexpected failure and stops`);
    if (!stopping.signal.aborted) stopping.abort();
  };
  process.on('SIGTERM', requestStop);
  process.on('SIGINT', options.underLauncher ? () => {} : requestStop);
  process.on('SIGHUP', requestStop);
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  // Without a handle of its own a process whose channel just closed would end before it stopped.
  setInterval(() => {}, 2 ** 30);
  if (process.send !== undefined) process.on('disconnect', () => stopping.abort());

  try {
    const running = await options.start(stopping.signal);
    tellParent({ type: 'ready', name: options.name, addresses: running.addresses });
    await aborted(stopping.signal);
    await running.stop({
      graceMs: options.graceMs,
      force: force.signal,
      drained: () => tellParent({ type: 'drained', name: options.name }),
    });
  } catch (error) {
    if (!(stopping.signal.aborted && isAbort(error))) {
      exitCode = 1;
      const problems = sentences(error);
      tellParent({ type: 'failed', name: options.name, problems });
      process.stderr.write(
        `${options.name} cannot go on:\n${problems.map((line) => `  - ${line}`).join('\n')}\n`,
      );
    }
  }
  process.exit(exitCode);
}

function sentences(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.problems;
  return [error instanceof Error ? error.message : String(error)];
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function tellParent(message: ProcessMessage): void {
  // The channel may close between the check and the write, when the launcher is killed.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
