import { listAttribute, numberAttribute, textAttribute, type Span } from '../span.ts';
import type { Explanation, OtherRequest } from './explanation.ts';

/** Whom these waits stood behind, by request id: who let it in first, then in the order of the trace. */
export function behindOf(waits: readonly Span[]): OtherRequest[] {
  const found = new Map<string, OtherRequest>();
  const note = (other: OtherRequest): void => {
    found.set(other.requestId, { ...found.get(other.requestId), ...other });
  };
  for (const { attributes } of waits) {
    const releasedBy = textAttribute(attributes, 'ryzanstein.lease.released_by');
    if (releasedBy !== undefined) note({ requestId: releasedBy, released: true });
  }
  for (const { attributes, links } of waits) {
    for (const requestId of listAttribute(attributes, 'ryzanstein.lease.behind')) note({ requestId });
    for (const { traceId, spanId, attributes: link } of links) {
      const requestId = textAttribute(link, 'request.id');
      if (requestId === undefined || textAttribute(link, 'ryzanstein.lease.id') === undefined) continue;
      const released =
        link['ryzanstein.link.released'] === true || link['ryzanstein.link.released'] === 'true';
      note({ requestId, traceId, spanId, ...(released ? { released: true as const } : {}) });
    }
  }
  const all = [...found.values()];
  return [...all.filter(({ released }) => released), ...all.filter(({ released }) => released === undefined)];
}

/** Who waited for what a request held, as its Release tells. */
export function blockedOf(releases: readonly Span[]): Explanation['blocked'] {
  const requests = releases.flatMap(({ attributes }) =>
    listAttribute(attributes, 'ryzanstein.lease.blocked_requests'),
  );
  const sum = (key: string): number =>
    releases.reduce((total, { attributes }) => total + (numberAttribute(attributes, key) ?? 0), 0);
  return {
    count: Math.max(sum('ryzanstein.lease.blocked_count'), requests.length),
    ms: sum('ryzanstein.lease.blocked_ms'),
    requests: [...new Set(requests)],
  };
}

/** `req-1`, `req-1 and req-2`, `req-1, req-2 and 6 others`. */
export function named(requestIds: readonly string[], count = requestIds.length): string {
  const shown = requestIds.slice(0, count <= 2 ? 2 : 1);
  const others = count - shown.length;
  if (others > 0) return `${shown.join(', ')} and ${others} other${others === 1 ? '' : 's'}`;
  return shown.join(' and ');
}
