import type { LoadClient } from './clients.ts';
import { jainIndex, measure, type Measure, type Percentiles } from './figures.ts';
import { outcomes, type LoadResult } from './load-request.ts';
import { seededRandom } from './seeded-random.ts';

/** Times of a load in milliseconds, by name; absent where none was measured. */
export type LoadTimes = Partial<Record<keyof typeof timeNames, Percentiles>>;

/** What is measured of each answered request, and how it is called in a table. */
export const timeNames = {
  ttft: 'first token',
  tpot: 'per further token',
  gap: 'between two pieces',
  total: 'whole answer',
  leaseWait: 'waited for a lease',
  queue: "in the engine's queue",
  sentLate: 'sent late',
} as const;

/** What one client got. */
export interface ClientShare {
  readonly id: string;
  readonly weight: number;
  readonly sent: number;
  readonly answered: number;
  /** Generated for it. */
  readonly tokens: number;
  readonly ttftP50Ms?: number;
}

/** Everything counted so far. */
export interface LoadCounts {
  readonly sent: number;
  readonly notSent: number;
  readonly inFlight: number;
  readonly answered: number;
  readonly tokensIn: number;
  readonly tokensOut: number;
  /** How many by outcome: OK, a gRPC code, CANCELLED_AS_ASKED, INTERRUPTED, FINISHED_BY_ERROR. */
  readonly outcomes: Readonly<Record<string, number>>;
}

/** Gathers what comes of requests, in bounded memory. */
export interface LoadTally {
  began(): void;
  readonly notSent: () => void;
  readonly gap: (ms: number) => void;
  ended(result: LoadResult): void;
  readonly counts: () => LoadCounts;
  times(): LoadTimes;
  /** Jain's index of the tokens generated for each client; undefined with fewer than two clients. */
  fairness(): { readonly jain: number; readonly clients: readonly ClientShare[] } | undefined;
  /** Those that took longest from when they were to be sent, longest first; none that the load itself cancelled. */
  slowest(): readonly LoadResult[];
  /** Milliseconds that an answered request took on average; undefined before the first. */
  usualMs(): number | undefined;
}

/** Nothing is counted yet. `slowestKept`: how many of the slowest are remembered. */
export function loadTally(clients: readonly LoadClient[], slowestKept = 5): LoadTally {
  const random = seededRandom('', 'samples');
  const times = Object.fromEntries(Object.keys(timeNames).map((name) => [name, measure(random)])) as Record<
    keyof typeof timeNames,
    Measure
  >;
  const shares = new Map(
    clients.map(({ id, weight }) => [
      id,
      { weight, sent: 0, answered: 0, tokens: 0, ttft: measure(random, 10_000) },
    ]),
  );
  const byOutcome = new Map<string, number>();
  const slowest: LoadResult[] = [];
  let sent = 0;
  let notSent = 0;
  let ended = 0;
  let answered = 0;
  let tokensIn = 0;
  let tokensOut = 0;
  let answeredMs = 0;

  const addTimes = (result: LoadResult): void => {
    const { intendedAtMs, sentAtMs, firstAtMs, lastAtMs = 0, endedAtMs, usage, timings } = result;
    times.sentLate.add(sentAtMs - intendedAtMs);
    if (result.outcome !== outcomes.answered) return;
    times.total.add(endedAtMs - intendedAtMs);
    answeredMs += endedAtMs - sentAtMs;
    if (firstAtMs !== undefined) {
      times.ttft.add(firstAtMs - intendedAtMs);
      const further = (usage?.completionTokens ?? 0) - 1;
      if (further > 0) times.tpot.add((lastAtMs - firstAtMs) / further);
    }
    if (timings === undefined) return;
    times.leaseWait.add(timings.leaseWaitMs);
    times.queue.add(timings.queueMs);
  };
  const addShare = ({ clientId = '', outcome, pieces, usage, firstAtMs, intendedAtMs }: LoadResult): void => {
    const share = shares.get(clientId);
    if (share === undefined) return;
    share.sent += 1;
    // What failed or was cancelled has no usage; its pieces are nearly its tokens.
    share.tokens += usage?.completionTokens ?? pieces;
    if (outcome !== outcomes.answered) return;
    share.answered += 1;
    if (firstAtMs !== undefined) share.ttft.add(firstAtMs - intendedAtMs);
  };
  const remember = (result: LoadResult): void => {
    if (result.outcome === outcomes.cancelled || result.outcome === outcomes.interrupted) return;
    slowest.push(result);
    slowest.sort((a, b) => tookMs(b) - tookMs(a));
    slowest.length = Math.min(slowest.length, slowestKept);
  };

  return {
    began: () => void (sent += 1),
    notSent: () => void (notSent += 1),
    gap: (ms) => times.gap.add(ms),
    ended(result) {
      ended += 1;
      byOutcome.set(result.outcome, (byOutcome.get(result.outcome) ?? 0) + 1);
      if (result.outcome === outcomes.answered) {
        answered += 1;
        tokensIn += result.usage?.promptTokens ?? 0;
        tokensOut += result.usage?.completionTokens ?? 0;
      }
      addTimes(result);
      addShare(result);
      remember(result);
    },
    counts: () => ({
      sent,
      notSent,
      inFlight: sent - ended,
      answered,
      tokensIn,
      tokensOut,
      outcomes: Object.fromEntries([...byOutcome].sort((a, b) => b[1] - a[1])),
    }),
    times: () =>
      Object.fromEntries(
        Object.entries(times).flatMap(([name, values]) => {
          const found = values.percentiles();
          return found === undefined ? [] : [[name, found]];
        }),
      ),
    fairness() {
      if (shares.size < 2) return undefined;
      const jain = jainIndex([...shares.values()].map(({ tokens }) => tokens));
      if (jain === undefined) return undefined;
      return {
        jain,
        clients: [...shares].map(([id, { ttft, ...share }]) => {
          const ttftP50Ms = ttft.percentiles()?.p50;
          return { id, ...share, ...(ttftP50Ms === undefined ? {} : { ttftP50Ms }) };
        }),
      };
    },
    slowest: () => slowest,
    usualMs: () => (answered === 0 ? undefined : answeredMs / answered),
  };
}

/** How long a request took from when it was to be sent. */
export function tookMs({ intendedAtMs, endedAtMs }: LoadResult): number {
  return endedAtMs - intendedAtMs;
}
