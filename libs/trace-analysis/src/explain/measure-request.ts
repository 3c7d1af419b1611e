import { roleOf } from '../mesh-span.ts';
import type { Trace } from '../trace-tree.ts';
import { criticalPath } from './critical-path.ts';
import type { PartName } from './explanation.ts';
import { piecesOf, type Piece } from './part-of-segment.ts';
import { requestFacts, tokensOf, type RequestFacts } from './request-facts.ts';

/** A request's time, cut into parts to the nanosecond. */
export interface MeasuredRequest {
  readonly facts: RequestFacts;
  readonly totalNs: bigint;
  /** They sum to `totalNs`. */
  readonly partsNs: ReadonlyMap<PartName, bigint>;
  readonly pieces: readonly Piece[];
  /** Of the prompt, cached ones left out; 0 where no span tells. */
  readonly promptTokens: number;
  readonly outputTokens: number;
}

/** Undefined for a trace without a single span. */
export function measureRequest(trace: Trace): MeasuredRequest | undefined {
  const facts = requestFacts(trace);
  if (facts === undefined) return undefined;
  const { root, orphans } = facts;
  const path = criticalPath(root, {
    adopted: orphans,
    // A request never waits for its lease to be given back.
    isDetached: ({ span }) => roleOf(span) === 'release' && root.span !== span,
  });
  const pieces = path.flatMap((segment) => piecesOf(segment, facts));
  const partsNs = new Map<PartName, bigint>();
  for (const { part, ns } of pieces) partsNs.set(part, (partsNs.get(part) ?? 0n) + ns);
  const { input = 0, cached, output = 0 } = tokensOf(facts);
  return {
    facts,
    totalNs: root.span.endNs - root.span.startNs,
    partsNs,
    pieces,
    promptTokens: Math.max(0, input - cached),
    outputTokens: output,
  };
}
