import type { Trace } from '@ryzanstein/trace-analysis';
import pc from 'picocolors';
import { usesColors, widthOf, type CliIo } from '../cli-io.ts';
import type { LogLine } from './stored-logs.ts';
import { traceJson } from './trace-json.ts';
import type { TraceStore } from './trace-store.ts';
import { printVerification } from './trace-verification.ts';
import { renderWaterfall } from './waterfall.ts';
import { wantedTrace, warn, withStore } from './with-store.ts';

/** The options of `ryz trace`. */
export interface TraceOptions {
  /** Milliseconds. */
  readonly wait: number;
  readonly traceUrl: string;
  readonly logs?: boolean;
  readonly verify?: boolean;
  readonly json?: boolean;
}

/** Prints the trace that an id stands for: as a waterfall, or as JSON. */
export async function runTrace(id: string, options: TraceOptions, io: CliIo): Promise<void> {
  await withStore(options.traceUrl, io, (store) => printTrace(store, id.trim(), options, io));
}

async function printTrace(store: TraceStore, id: string, options: TraceOptions, io: CliIo): Promise<void> {
  const trace = await wantedTrace(store, id, options.wait, io);
  if (options.verify === true) {
    printVerification(trace, options.json === true, io);
    return;
  }
  const logs = options.logs === true ? await store.logsOf(trace.traceId, io.interrupted) : undefined;
  if (options.logs === true && logs === undefined) warn(io, `${store.url} keeps no logs; tracebox does.`);
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
