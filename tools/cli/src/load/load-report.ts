import { durationTextMs } from '@ryzanstein/trace-analysis';
import type { Percentiles } from './figures.ts';
import { outcomes } from './load-request.ts';
import { timeNames, type ClientShare, type LoadTally, type LoadTimes } from './load-tally.ts';

/** One of the slowest requests. */
export interface SlowRequest {
  readonly totalMs: number;
  readonly outcome: string;
  readonly requestId: string;
  readonly traceId: string;
  readonly traceUrl: string;
  readonly reason: string;
}

/** What `ryz load --json` prints. */
export interface LoadReport {
  readonly loop: 'open' | 'closed';
  /** Requests at once in a closed loop. */
  readonly concurrency?: number;
  readonly seed: string;
  readonly interrupted: boolean;
  /** From the first request to the end of the last. */
  readonly tookMs: number;
  readonly requests: {
    /** Sent or to be sent. */
    readonly offered: number;
    readonly sent: number;
    readonly notSent: number;
    readonly answered: number;
    readonly tokensIn: number;
    readonly tokensOut: number;
  };
  readonly outcomes: Readonly<Record<string, number>>;
  /** Per second; offered and sent over the time in which requests were offered, the rest over all of it. */
  readonly rates: {
    /** What was asked for, in an open loop. */
    readonly wanted?: number;
    readonly offered: number;
    readonly sent: number;
    readonly answered: number;
    readonly tokensIn: number;
    readonly tokensOut: number;
  };
  /** Milliseconds, of answered requests; first token and whole answer since the request was to be sent. */
  readonly times: LoadTimes;
  readonly fairness?: { readonly jain: number; readonly clients: readonly ClientShare[] };
  readonly slowest: readonly SlowRequest[];
}

/** How a load was run. */
export interface LoadRun {
  readonly loop: LoadReport['loop'];
  readonly concurrency?: number;
  readonly wantedRate?: number;
  readonly seed: string;
  readonly interrupted: boolean;
  readonly offeredMs: number;
  readonly tookMs: number;
}

/** The report of a run that has ended. */
export function loadReport(run: LoadRun, tally: LoadTally, slowest: readonly SlowRequest[]): LoadReport {
  const { sent, notSent, answered, tokensIn, tokensOut, outcomes: byOutcome } = tally.counts();
  const { offeredMs, wantedRate, concurrency } = run;
  const perSecond = (count: number, ms: number): number => (ms > 0 ? (count / ms) * 1_000 : 0);
  const fairness = tally.fairness();
  return {
    loop: run.loop,
    ...(concurrency === undefined ? {} : { concurrency }),
    seed: run.seed,
    interrupted: run.interrupted,
    tookMs: run.tookMs,
    requests: { offered: sent + notSent, sent, notSent, answered, tokensIn, tokensOut },
    outcomes: byOutcome,
    rates: {
      ...(wantedRate === undefined ? {} : { wanted: wantedRate }),
      offered: perSecond(sent + notSent, offeredMs),
      sent: perSecond(sent, offeredMs),
      answered: perSecond(answered, run.tookMs),
      tokensIn: perSecond(tokensIn, run.tookMs),
      tokensOut: perSecond(tokensOut, run.tookMs),
    },
    times: tally.times(),
    ...(fairness === undefined ? {} : { fairness }),
    slowest,
  };
}

/** The report for people, a line each. */
export function reportLines(report: LoadReport): string[] {
  const { requests, rates, outcomes: byOutcome } = report;
  const how =
    report.loop === 'open'
      ? `open loop, ${rateText(rates.wanted ?? 0)} arriving at random`
      : `closed loop, ${report.concurrency} at once`;
  const counted = Object.entries(byOutcome).map(([name, count]) => `${count} ${name}`);
  return [
    row(
      'load',
      `${how}, seed ${report.seed}, ${durationTextMs(report.tookMs)}${report.interrupted ? ', ended early' : ''}`,
    ),
    row('requests', `${requests.offered} offered, ${requests.sent} sent, ${requests.notSent} not sent`),
    row('ended', counted.length === 0 ? 'none' : counted.join(', ')),
    row(
      'rates',
      `${report.loop === 'open' ? `offered ${rateText(rates.offered)}, sent ${rateText(rates.sent)}, ` : ''}answered ${rateText(rates.answered)}`,
    ),
    row('tokens', `${rateText(rates.tokensIn)} in, ${rateText(rates.tokensOut)} out`),
    ...timeLines(report.times),
    ...fairnessLines(report.fairness),
    ...slowLines(report.slowest),
  ];
}

function timeLines(times: LoadTimes): string[] {
  const rows = (Object.keys(timeNames) as (keyof typeof timeNames)[]).flatMap((name) => {
    const found = times[name];
    return found === undefined ? [] : [timeRow(timeNames[name], found)];
  });
  return rows.length === 0 ? [] : ['', ...aligned([['', 'count', 'p50', 'p90', 'p99', 'max'], ...rows])];
}

function timeRow(name: string, { count, p50, p90, p99, max, sampled }: Percentiles): string[] {
  const times = [p50, p90, p99, max].map((ms) => durationTextMs(ms));
  return [name, String(count), ...times, ...(sampled === undefined ? [] : [`from a sample of ${sampled}`])];
}

function fairnessLines(fairness: LoadReport['fairness']): string[] {
  if (fairness === undefined) return [];
  const rows = fairness.clients.map(({ id, weight, sent, answered, tokens, ttftP50Ms }) => [
    id,
    String(weight),
    String(sent),
    String(answered),
    String(tokens),
    ttftP50Ms === undefined ? '-' : durationTextMs(ttftP50Ms),
  ]);
  return [
    '',
    row(
      'fairness',
      `${fairness.jain.toFixed(3)} (Jain's index of the tokens of each client; 1: all the same)`,
    ),
    ...aligned([['client', 'weight', 'sent', 'answered', 'tokens', 'first token p50'], ...rows]),
  ];
}

function slowLines(slowest: LoadReport['slowest']): string[] {
  if (slowest.length === 0) return [];
  return [
    '',
    'slowest',
    ...slowest.flatMap(({ totalMs, reason, traceUrl }) => [
      `  ${durationTextMs(totalMs).padStart(8)}  ${reason}`,
      `  ${' '.repeat(8)}  ${traceUrl}`,
    ]),
  ];
}

// Numbers stand to the right, what they are about to the left.
function aligned(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(...rows.map((cells) => cells.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  return rows.map((cells) =>
    `  ${cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')}`.trimEnd(),
  );
}

function row(name: string, text: string): string {
  return `${name.padEnd(10)}${text}`;
}

/** `18.9/s`. */
export function rateText(perSecond: number): string {
  return `${perSecond.toFixed(perSecond < 100 ? 1 : 0)}/s`;
}

/** True where not one request was answered. */
export function allFailed(report: LoadReport): boolean {
  return !(outcomes.answered in report.outcomes) && !(outcomes.cancelled in report.outcomes);
}
