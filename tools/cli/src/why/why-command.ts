import { buildTrace, explain, typicalOf, type Explanation, type Trace } from '@ryzanstein/trace-analysis';
import { usesColors, widthOf, type CliIo } from '../cli-io.ts';
import type { TraceStore } from '../trace/trace-store.ts';
import { wantedTrace, withStore } from '../trace/with-store.ts';
import { whyLines } from './why-report.ts';

/** The options of `ryz why`. */
export interface WhyOptions {
  /** Milliseconds. */
  readonly wait: number;
  readonly traceUrl: string;
  readonly compare: boolean;
  readonly json?: boolean;
}

// So many of the same operation say what is usual.
const compared = 50;
const comparedWithinMs = 24 * 3_600_000;

/** Says where the time of the request went that an id stands for, and why it took that long. */
export async function runWhy(id: string, options: WhyOptions, io: CliIo): Promise<void> {
  await withStore(options.traceUrl, io, async (store) => {
    const trace = await wantedTrace(store, id.trim(), options.wait, io);
    const alone = explain(trace);
    const explanation = options.compare ? await amongOthers(store, trace, alone, io.interrupted) : alone;
    const url = store.linkTo(trace.traceId);
    if (options.json === true) {
      io.stdout.write(`${JSON.stringify({ traceId: trace.traceId, url, ...explanation })}\n`);
      return;
    }
    const layout = { width: widthOf(io.stdout, io.env), colors: usesColors(io.stdout, io.env) };
    io.stdout.write(`${whyLines(explanation, url, layout).join('\n')}\n`);
  });
}

/** The same request explained beside the newest of its operation. */
async function amongOthers(
  store: TraceStore,
  trace: Trace,
  { operation }: Explanation,
  signal: AbortSignal,
): Promise<Explanation> {
  const service = trace.roots[0]?.span.service;
  if (service === undefined) return explain(trace);
  // One more, as it may be among them.
  const search = { service, operation, lastMs: comparedWithinMs, limit: compared + 1 };
  const found = await store.recent(search, signal);
  const others = found.filter((spans) => spans[0]?.traceId !== trace.traceId).slice(0, compared);
  return explain(trace, typicalOf(others.flatMap((spans) => buildTrace(spans) ?? [])));
}
