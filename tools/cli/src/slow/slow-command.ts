import {
  buildTrace,
  durationTextMs,
  explain,
  typicalOf,
  type Explanation,
  type Trace,
} from '@ryzanstein/trace-analysis';
import pc from 'picocolors';
import { usesColors, widthOf, type CliIo } from '../cli-io.ts';
import { fitted, padded, printable } from '../trace/printable.ts';
import { withStore } from '../trace/with-store.ts';

/** The options of `ryz slow`. */
export interface SlowOptions {
  /** Milliseconds. */
  readonly last: number;
  readonly count: number;
  readonly operation?: string;
  readonly traceUrl: string;
  readonly json?: boolean;
}

/** A request that took long. */
interface SlowRequest {
  readonly traceId: string;
  readonly url: string;
  readonly explanation: Explanation;
}

const service = 'ryzanstein-api';
const lookedAt = 500;

/** Lists the slowest requests of the last minutes, each with its reason. */
export async function runSlow(options: SlowOptions, io: CliIo): Promise<void> {
  await withStore(options.traceUrl, io, async (store) => {
    const operation = options.operation === undefined ? {} : { operation: fullName(options.operation) };
    const search = { service, ...operation, lastMs: options.last, limit: lookedAt };
    const found = await store.recent(search, io.interrupted);
    const traces = found.flatMap((spans) => buildTrace(spans) ?? []);
    const slowest = slowestOf(traces, options.count).map(({ trace, explanation }) => ({
      traceId: trace.traceId,
      url: store.linkTo(trace.traceId),
      explanation,
    }));
    if (options.json === true) {
      const requests = slowest.map(({ traceId, url, explanation }) => ({ traceId, url, ...explanation }));
      io.stdout.write(`${JSON.stringify({ lookedAt: traces.length, requests })}\n`);
      return;
    }
    const layout = { width: widthOf(io.stdout, io.env), colors: usesColors(io.stdout, io.env) };
    const lines =
      slowest.length === 0
        ? [`No request of that time${options.operation === undefined ? '' : ' and operation'} is stored.`]
        : slowLines(slowest, traces.length, layout);
    io.stdout.write(`${lines.join('\n')}\n`);
  });
}

// `LlmService/Chat` is enough to name what this service offers.
function fullName(operation: string): string {
  return /^\w+\/\w+$/.test(operation) ? `ryzanstein.api.v1.${operation}` : operation;
}

function slowestOf(traces: readonly Trace[], count: number): { trace: Trace; explanation: Explanation }[] {
  // One alone is not what is usual.
  const typical = typicalOf(traces).filter((requests) => requests.traces > 1);
  return traces
    .map((trace) => ({ trace, explanation: explain(trace, typical) }))
    .sort((a, b) => b.explanation.totalMs - a.explanation.totalMs)
    .slice(0, count);
}

function slowLines(
  slowest: readonly SlowRequest[],
  looked: number,
  { width, colors }: { width: number; colors: boolean },
): string[] {
  const paint = pc.createColors(colors);
  const request = Math.max(7, ...slowest.map(({ explanation }) => explanation.requestId?.length ?? 0));
  const lines = slowest.flatMap(({ traceId, explanation }) => [
    `${paint.bold(durationTextMs(explanation.totalMs).padStart(8))}  ${padded(printable(explanation.requestId ?? '–'), request)}  ${paint.dim(traceId)}`,
    fitted(`          ${printable(explanation.reason)}`, width),
  ]);
  const note =
    looked >= lookedAt
      ? `Of the newest ${looked} requests; --last 1m looks at less time.`
      : `Of ${looked} request${looked === 1 ? '' : 's'}. \`ryz why <request>\` tells more.`;
  return [paint.dim(`${'time'.padStart(8)}  ${'request'.padEnd(request)}  trace`), ...lines, paint.dim(note)];
}
