import type { Trace } from '@ryzanstein/trace-analysis';
import { CommandFailure, type CliIo } from '../cli-io.ts';
import { awaitTrace, findTrace } from './await-trace.ts';
import { printable } from './printable.ts';
import { openTraceStore, TraceStoreError, type TraceStore } from './trace-store.ts';

/** Runs a command on a store of traces; what goes wrong there ends it with a sentence and the mend. */
export async function withStore(
  traceUrl: string,
  io: CliIo,
  run: (store: TraceStore) => Promise<void>,
): Promise<void> {
  try {
    await run(openTraceStore(traceUrl));
  } catch (error) {
    if (io.interrupted.aborted) throw new CommandFailure('Cancelled.', 130, { cause: error });
    if (!(error instanceof TraceStoreError)) throw error;
    throw new CommandFailure(`${error.message}: ${error.mend}.`, 1, { cause: error });
  }
}

/** A trace, and older ones of the same request. */
export interface WantedTrace {
  readonly trace: Trace;
  readonly others: readonly string[];
}

/** The trace that an id stands for, with what has arrived of it within `waitMs`. */
export async function wantedTrace(
  store: TraceStore,
  id: string,
  waitMs: number,
  signal: AbortSignal,
): Promise<WantedTrace> {
  const startedAt = performance.now();
  const found = await findTrace(store, id, { waitMs, signal });
  const leftMs = Math.max(0, waitMs - (performance.now() - startedAt));
  const trace = found && (await awaitTrace(store, found.traceId, { waitMs: leftMs, signal }));
  if (found === undefined || trace === undefined)
    throw new CommandFailure(
      `${store.url} has no trace and no request ${printable(id)}: it was not sampled, is gone already, or has yet to arrive (--wait 30s waits longer).`,
    );
  return { trace, others: found.others };
}
