import type { SpanAttributes, TraceContext } from '@ryzanstein/tracing';
import type { LeaseTrace, Wait } from './ports.ts';

/** Links of one wait, at most. */
const MAX_LINKS = 8;

/** A link to the Acquire call of a lease. */
export interface LeaseLink {
  readonly context: TraceContext;
  readonly attributes: Record<string, string | boolean>;
}

/** Whom a request waits behind, by request id: those are named whose traces nobody keeps, too. */
export function behindAttributes(behind: readonly LeaseTrace[]): SpanAttributes {
  const requestIds = behind.flatMap(({ trace }) => trace.requestId ?? []);
  return requestIds.length === 0 ? {} : { 'ryzanstein.lease.behind': requestIds };
}

/** Whom a request waited behind, and who made room for it. */
export function waitAttributes(wait: Wait | undefined): SpanAttributes {
  const releasedBy = wait?.admittedBy?.trace.requestId;
  return {
    ...behindAttributes(wait?.behind ?? []),
    ...(releasedBy === undefined ? {} : { 'ryzanstein.lease.released_by': releasedBy }),
  };
}

/**
 * The leases that were held when it queued, and the one whose end admitted it, be it among them or not. None to a
 * call that is not recorded: such a link would lead nowhere.
 */
export function linksOf({ behind, admittedBy }: Wait): LeaseLink[] {
  const released = admittedBy?.trace.sampled === true ? admittedBy : undefined;
  const links = behind
    .filter(({ leaseId, trace }) => trace.sampled && leaseId !== admittedBy?.leaseId)
    .slice(0, released === undefined ? MAX_LINKS : MAX_LINKS - 1)
    .map((lease) => ({ context: lease.trace, attributes: linkAttributes(lease) }));
  if (released !== undefined)
    links.unshift({
      context: released.trace,
      attributes: { ...linkAttributes(released), 'ryzanstein.link.released': true },
    });
  return links;
}

function linkAttributes({ leaseId, trace: { requestId } }: LeaseTrace): LeaseLink['attributes'] {
  return { 'ryzanstein.lease.id': leaseId, ...(requestId === undefined ? {} : { 'request.id': requestId }) };
}
