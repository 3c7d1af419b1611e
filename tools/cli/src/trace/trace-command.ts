import type { Trace } from '@ryzanstein/trace-analysis';
import pc from 'picocolors';
import { CommandFailure, usesColors, widthOf, type CliIo } from '../cli-io.ts';
import { awaitTrace, findTrace } from './await-trace.ts';
import { printable } from './printable.ts';
import type { LogLine } from './stored-logs.ts';
import { traceJson } from './trace-json.ts';
import { openTraceStore, TraceStoreError, type TraceStore } from './trace-store.ts';
import { renderWaterfall } from './waterfall.ts';

/** The options of `ryz trace`. */
export interface TraceOptions {
  /** Milliseconds. */
  readonly wait: number;
  readonly traceUrl: string;
  readonly logs?: boolean;
  readonly json?: boolean;
}

/** Prints the trace that an id stands for: as a waterfall, or as JSON. */
export async function runTrace(id: string, options: TraceOptions, io: CliIo): Promise<void> {
  const store = openTraceStore(options.traceUrl);
  try {
    await printTrace(store, id.trim(), options, io);
  } catch (error) {
    if (io.interrupted.aborted) throw new CommandFailure('Cancelled.', 130, { cause: error });
    if (!(error instanceof TraceStoreError)) throw error;
    const mend = 'start one with `npm start`, or name another with --trace-url or RYZ_TRACE_URL';
    throw new CommandFailure(`${error.message}: ${mend}.`, 1, { cause: error });
  }
}

async function printTrace(store: TraceStore, id: string, options: TraceOptions, io: CliIo): Promise<void> {
  const signal = io.interrupted;
  const startedAt = performance.now();
  const found = await findTrace(store, id, { waitMs: options.wait, signal });
  const waitMs = Math.max(0, options.wait - (performance.now() - startedAt));
  const trace = found && (await awaitTrace(store, found.traceId, { waitMs, signal }));
  if (found === undefined || trace === undefined)
    throw new CommandFailure(
      `${store.url} has no trace and no request ${printable(id)}: it was not sampled, is gone already, or has yet to arrive (--wait 30s waits longer).`,
    );
  const logs = options.logs === true ? await store.logsOf(trace.traceId, signal) : undefined;
  if (options.logs === true && logs === undefined) warn(io, `${store.url} keeps no logs; tracebox does.`);
  if (found.others.length > 0)
    warn(io, `The same request id stands in older traces: ${found.others.join(', ')}.`);
  write(trace, store.linkTo(trace.traceId), logs, options.json === true, io);
}

function write(trace: Trace, url: string, logs: LogLine[] | undefined, json: boolean, io: CliIo): void {
  if (json) {
    io.stdout.write(`${JSON.stringify(traceJson(trace, url, logs))}\n`);
    return;
  }
  const colors = usesColors(io.stdout, io.env);
  const width = widthOf(io.stdout, io.env);
  const lines = renderWaterfall(trace, { width, colors, ...(logs === undefined ? {} : { logs }) });
  io.stdout.write(`${[...lines, '', pc.createColors(colors).underline(url)].join('\n')}\n`);
}

function warn(io: CliIo, sentence: string): void {
  io.stderr.write(`${pc.createColors(usesColors(io.stderr, io.env)).yellow(sentence)}\n`);
}
