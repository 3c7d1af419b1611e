import type { Trace } from '@ryzanstein/trace-analysis';
import pc from 'picocolors';
import { CommandFailure, usesColors, type CliIo } from '../cli-io.ts';
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

/**
 * The trace that an id stands for, with what has arrived of it within `waitMs`. Where older ones have the
 * same request id, the user is told.
 */
export async function wantedTrace(store: TraceStore, id: string, waitMs: number, io: CliIo): Promise<Trace> {
  const signal = io.interrupted;
  if (id === '') throw new CommandFailure('The id must not be empty.', 2);
  const startedAt = performance.now();
  const found = await findTrace(store, id, { waitMs, signal });
  const leftMs = Math.max(0, waitMs - (performance.now() - startedAt));
  const trace = found && (await awaitTrace(store, found.traceId, { waitMs: leftMs, signal }));
  if (found === undefined || trace === undefined)
    throw new CommandFailure(
      `${store.url} has no trace and no request ${printable(id)}: it was not sampled, is gone already, or has yet to arrive (--wait 30s waits longer).`,
    );
  if (found.others.length > 0)
    warn(io, `The same request id stands in older traces: ${found.others.join(', ')}.`);
  return trace;
}

/** Tells on standard error what is no failure. */
export function warn(io: CliIo, sentence: string): void {
  io.stderr.write(`${pc.createColors(usesColors(io.stderr, io.env)).yellow(sentence)}\n`);
}
