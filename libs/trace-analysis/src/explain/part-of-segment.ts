import { failureOf, processName, roleOf, servingProcess } from '../mesh-span.ts';
import { listAttribute, numberAttribute, textAttribute, type Span } from '../span.ts';
import type { TraceNode } from '../trace-tree.ts';
import type { Segment } from './critical-path.ts';
import type { PartName } from './explanation.ts';
import { hasAncestor, type RequestFacts } from './request-facts.ts';

/** Time of the critical path that is one kind of time. */
export interface Piece {
  readonly part: PartName;
  readonly node: TraceNode;
  readonly ns: bigint;
}

// What is longer at the end of a stream than at its begin is no way of the network, from here on.
const readerSlackNs = 20_000_000n;
// A call that ended with one of these was refused, or its other side did not live to answer.
const lostCalls = new Set([
  'UNAVAILABLE',
  'INTERNAL',
  'UNKNOWN',
  'FAILED_PRECONDITION',
  'RESOURCE_EXHAUSTED',
  'PROCESS_KILLED',
]);
// How a stream ends whose reader stopped: by the clock, or by its leaving.
const cutOffs = new Set(['DEADLINE_EXCEEDED', 'CANCELLED']);

/** Says what kind of time a segment is; a few are of two kinds, one after the other. */
export function piecesOf(segment: Segment, facts: RequestFacts): Piece[] {
  const { node } = segment;
  const ns = segment.endNs - segment.startNs;
  const whole = (part: PartName): Piece[] => [{ part, node, ns }];
  const split = (part: PartName, otherNs: bigint, other: PartName): Piece[] => {
    const cut = otherNs < 0n ? 0n : otherNs > ns ? ns : otherNs;
    return [
      { part, node, ns: ns - cut },
      { part: other, node, ns: cut },
    ].filter((piece) => piece.ns > 0n);
  };
  const { span } = node;
  if (hasAncestor(node, facts.failed, facts.parentOf)) return whole('retry');
  const role = roleOf(span);
  if (role === 'wait') return whole(isBehindSomebody(span) || facts.failed.size === 0 ? 'wait' : 'retry');
  if (role === 'queue' || role === 'prefill') return whole(role);
  if (role === 'decode') return split('decode', pausedNs(span), 'paused');
  if (role === 'generation' && span.kind === 'client') return remotePieces(segment);
  if (role === 'generation') return whole(node.children.length > 0 ? 'mesh' : 'generation');
  if (span.kind === 'client') return callPieces(segment, facts, split);
  if (role === 'acquire')
    return whole(isBehindSomebody(span) && waitIsMissing(node) ? 'wait' : 'coordinator');
  if (role === 'generate')
    return whole(generationIsMissing(node) ? (isLost(span) ? 'retry' : 'unknown') : 'mesh');
  if (span.service === 'ryzanstein-gpu') return whole('coordinator');
  if (facts.rootMissing && node === facts.root) return whole('unknown');
  if (facts.edge === undefined || node === facts.edge) return edgePieces(segment, facts, split);
  return whole(hasAncestor(node, new Set([facts.edge]), facts.parentOf) ? 'mesh' : 'caller');
}

type Split = (part: PartName, otherNs: bigint, other: PartName) => Piece[];

/** Time of a call that its other side has no part in: the way there and back. */
function callPieces({ node, startNs, endNs }: Segment, facts: RequestFacts, split: Split): Piece[] {
  const { span } = node;
  const ns = endNs - startNs;
  const server = node.children.find((child) => child.span.kind === 'server')?.span;
  if (server === undefined) {
    if (servingProcess(span) === undefined) return split('mesh', 0n, 'unknown');
    return split('unknown', isLost(span) ? ns : 0n, 'retry');
  }
  const hop = `network ${processName(span.service)}–${processName(server.service)}` as const;
  const isTail = startNs >= server.endNs;
  if (!isTail || node !== facts.generate || !isServedWell(server, span)) return split(hop, 0n, 'paused');
  // The engine is through and the stream is not: its last pieces are on their way, or nobody reads them.
  const headNs = server.startNs - span.startNs;
  const usualNs = (headNs > 0n ? headNs : 0n) + readerSlackNs;
  return split(hop, ns > usualNs ? ns - (headNs > 0n ? headNs : 0n) : 0n, 'paused');
}

/** True where the called side did all of it, and the caller took it or was cut off before it had. */
function isServedWell(server: Span, client: Span): boolean {
  const failure = failureOf(client);
  return failure === undefined || (cutOffs.has(failure) && failureOf(server) === undefined);
}

/** Time of an engine's call of another server: the way there, or all that the server does where it tells nothing. */
function remotePieces({ node, startNs, endNs }: Segment): Piece[] {
  const server = node.children.find((child) => child.span.kind === 'server')?.span;
  const part: PartName =
    server === undefined
      ? 'generation'
      : `network ${processName(node.span.service)}–${processName(server.service)}`;
  return [{ part, node, ns: endNs - startNs }];
}

/** Time of the api-server itself. */
function edgePieces({ node, startNs, endNs }: Segment, facts: RequestFacts, split: Split): Piece[] {
  const { span } = node;
  const nextAttempt = facts.attempts.find((attempt) => attempt.span.startNs >= endNs);
  const failedBefore = [...facts.failed].some((attempt) => attempt.span.endNs <= startNs);
  if (failedBefore && nextAttempt !== undefined) return split('retry', 0n, 'mesh');
  const totalMs = numberAttribute(span.attributes, 'ryzanstein.latency.total_ms');
  const answeredNs = totalMs === undefined ? undefined : span.startNs + BigInt(Math.round(totalMs * 1e6));
  const isLast = nextAttempt === undefined && facts.generate !== undefined;
  if (!isLast) return split('mesh', 0n, 'paused');
  // All is said and done; the span stays open until its reader has taken it, or no longer may.
  const isCutOff = cutOffs.has(facts.failure ?? '') && failureOf(facts.generate.span) === undefined;
  const doneNs = isCutOff ? facts.generate.span.endNs : facts.failure === undefined ? answeredNs : undefined;
  if (doneNs === undefined) return split('mesh', 0n, 'paused');
  const sinceNs = doneNs > startNs ? doneNs : startNs;
  const waitedNs = endNs - sinceNs;
  return split('mesh', waitedNs > readerSlackNs ? waitedNs : 0n, 'paused');
}

/** True where it is known that others held what it waited for. */
export function isBehindSomebody({ attributes, links }: Span): boolean {
  return (
    textAttribute(attributes, 'ryzanstein.lease.released_by') !== undefined ||
    listAttribute(attributes, 'ryzanstein.lease.behind').length > 0 ||
    links.some((link) => textAttribute(link.attributes, 'ryzanstein.lease.id') !== undefined)
  );
}

function waitIsMissing(node: TraceNode): boolean {
  return !node.children.some((child) => roleOf(child.span) === 'wait');
}

function generationIsMissing(node: TraceNode): boolean {
  return !node.children.some((child) => roleOf(child.span) === 'generation');
}

/** True where a call failed for want of the one that was called. */
export function isLost(span: Span): boolean {
  return lostCalls.has(failureOf(span) ?? '');
}

function pausedNs({ attributes }: Span): bigint {
  const ms = numberAttribute(attributes, 'ryzanstein.decode.paused_ms') ?? 0;
  return BigInt(Math.round(Math.max(0, ms) * 1e6));
}
