import { durationTextMs } from '../duration-text.ts';
import { processName, servingProcess, shortMethod } from '../mesh-span.ts';
import type { Trace } from '../trace-tree.ts';
import { findCause } from './cause.ts';
import { reasonOf } from './cause-reason.ts';
import type { Explanation, Part, TypicalRequest, TypicalTimes } from './explanation.ts';
import { measureRequest, type MeasuredRequest } from './measure-request.ts';
import { behindOf, blockedOf } from './other-requests.ts';
import { wordsOf } from './part-words.ts';
import { typicalFor } from './typical.ts';
import { wholePercents } from './whole-percents.ts';

/**
 * Says where the time of a request went. Its parts are its critical path: they follow each other
 * without a gap, and are the root span's time to the nanosecond.
 *
 * @throws TypeError where the trace has no span
 * @example
 * const trace = buildTrace(readOtlpTraces(answer));
 * console.log(trace && explain(trace).verdict);
 * // 1.92 s: 61 % waited for a device behind req-8123, 34 % prefill of 412 tokens, 5 % mesh
 */
export function explain(trace: Trace, typical: TypicalTimes = []): Explanation {
  const request = measureRequest(trace);
  if (request === undefined) throw new TypeError('A trace without spans explains nothing.');
  const { facts } = request;
  const { operation, model, requestId } = facts;
  const usual = typicalFor(typical, operation, model);
  const parts = partsOf(request, usual?.partsMs);
  const found = findCause(request, usual);
  const totalMs = ms(request.totalNs);
  return {
    totalMs,
    verdict: verdictOf(totalMs, facts.failure, parts),
    cause: found.cause,
    reason: reasonOf(found, parts, { totalMs, failure: facts.failure, typical: usual }),
    parts,
    missing: missingOf(request),
    operation,
    ...(model === undefined ? {} : { model }),
    ...(requestId === undefined ? {} : { requestId }),
    behind: behindOf(facts.waits),
    blocked: blockedOf(facts.releases),
    ...(usual === undefined
      ? {}
      : { comparedWith: { traces: usual.traces, operation, totalMs: usual.totalMs } }),
  };
}

function partsOf(request: MeasuredRequest, typicalMs: TypicalRequest['partsMs'] | undefined): Part[] {
  const { partsNs, totalNs, pieces, facts } = request;
  const names = [...partsNs.keys()].sort((a, b) => {
    if ((a === 'mesh') !== (b === 'mesh')) return a === 'mesh' ? 1 : -1;
    return Number((partsNs.get(b) ?? 0n) - (partsNs.get(a) ?? 0n));
  });
  const shares = names.map((name) => Number(partsNs.get(name) ?? 0n) / Number(totalNs));
  const percents = wholePercents(shares);
  return names.map((name, index) => {
    const own = pieces.filter(({ part }) => part === name);
    return {
      name,
      ms: ms(partsNs.get(name) ?? 0n),
      share: shares[index] ?? 0,
      percent: percents[index] ?? 0,
      ...wordsOf(name, own, facts),
      ...(typicalMs === undefined ? {} : { typicalMs: typicalMs[name] ?? 0 }),
    };
  });
}

function verdictOf(totalMs: number, failure: string | undefined, parts: readonly Part[]): string {
  const shown = parts.filter(({ percent }) => percent > 0);
  const list = shown.map(({ percent, words }) => `${percent} % ${words}`).join(', ');
  return `${durationTextMs(totalMs)}${endOf(failure)}: ${list === '' ? 'no time at all' : list}`;
}

function endOf(failure: string | undefined): string {
  if (failure === undefined) return '';
  if (failure === 'CANCELLED') return ' until its client left';
  return failure === 'DEADLINE_EXCEEDED' ? ' until its deadline' : ` until it failed with ${failure}`;
}

function missingOf({ facts }: MeasuredRequest): string[] {
  const { rootMissing, orphans, nodes, root } = facts;
  const unanswered = nodes.filter(
    ({ span, children }) =>
      span.kind === 'client' && children.length === 0 && servingProcess(span) !== undefined,
  );
  return [
    ...(rootMissing
      ? ["The request's own span is missing: the time is that of what is here, and may be longer."]
      : []),
    ...[...orphans, ...(rootMissing ? root.children.filter((node) => node.orphan) : [])].map(
      ({ span }) => `${shortMethod(span)} of ${processName(span.service)} hangs on a span that is not here.`,
    ),
    ...unanswered.map(
      ({ span }) =>
        `${servingProcess(span)} sent no span for ${shortMethod(span)}: it was killed or never reached, or its spans are not sampled or have yet to arrive.`,
    ),
  ];
}

function ms(ns: bigint): number {
  return Number(ns) / 1e6;
}
