import { asking, caller, type Caller, type MeshUnderTest } from './mesh-under-test.ts';
import type { Holder, LeaseHistory, WaitedFor } from './lease-history.ts';
import { until, type StoredSpan } from './stored-trace.ts';

/** One request of many. */
export interface QueuedChat {
  readonly from: Caller;
  readonly requestId: string;
  readonly sampled: boolean;
}

const acquire = 'ryzanstein.gpu.v1.GpuCoordinator/Acquire';
const mostNamed = 8;
const clients = 5;
/** One in so many has a trace that is not kept. */
const unsampledEvery = 6;
const readAtOnce = 16;

/** Sends short chats of several clients all at once; resolves when all have ended well. */
export async function queueChats(
  mesh: Pick<MeshUnderTest, 'chat'>,
  count: number,
): Promise<readonly QueuedChat[]> {
  const chats = Array.from({ length: count }, (_, index) => {
    const from = caller();
    const sampled = index % unsampledEvery !== unsampledEvery - 1;
    return { from, requestId: `waits-${index}`, sampled };
  });
  await Promise.all(
    chats.map(({ from, requestId, sampled }, index) =>
      mesh.chat(asking('Hi', { maxTokens: 2 }), {
        metadata: {
          traceparent: sampled ? from.traceparent : from.traceparent.replace(/01$/, '00'),
          'x-request-id': requestId,
          'x-client-id': `client-${index % clients}`,
        },
        timeoutMs: 100_000,
      }),
    ),
  );
  return chats;
}

/** The whole traces of the sampled ones, by request id; several are read at a time. */
export async function readTraces(
  chats: readonly QueuedChat[],
  read: (traceId: string) => Promise<StoredSpan[]>,
  withinMs: number,
): Promise<ReadonlyMap<string, StoredSpan[]>> {
  const traces = new Map<string, StoredSpan[]>();
  const left = chats.filter(({ sampled }) => sampled);
  const endAt = performance.now() + withinMs;
  const reader = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const { traceId } = next.from;
      const spans = await until(() => read(traceId), isWhole, Math.max(0, endAt - performance.now()));
      traces.set(next.requestId, spans);
    }
  };
  await Promise.all(Array.from({ length: readAtOnce }, reader));
  return traces;
}

function isWhole(spans: readonly StoredSpan[]): boolean {
  const has = (test: (span: StoredSpan) => boolean): boolean => spans.some(test);
  return (
    has(({ name, kind }) => kind === 'SERVER' && name.endsWith('/ChatStream')) &&
    has(({ name, kind }) => kind === 'SERVER' && name.endsWith('/Acquire')) &&
    has(({ name, kind }) => kind === 'SERVER' && name.endsWith('/Release')) &&
    (!has(
      ({ name, attributes }) => name === acquire && attributes['ryzanstein.lease.behind'] !== undefined,
    ) ||
      has(({ name }) => name === 'gpu.lease.wait'))
  );
}

/** What was found about waiting, and what is wrong with it, as sentences. */
export interface WaitsFound {
  readonly waits: number;
  readonly links: number;
  readonly markedLinks: number;
  readonly problems: readonly string[];
}

/**
 * Holds what the traces tell of waiting against the coordinator's events, and each link against the span
 * that it names.
 *
 * @param log the coordinator's lines
 */
export function checkWaits(
  chats: readonly QueuedChat[],
  traces: ReadonlyMap<string, readonly StoredSpan[]>,
  history: LeaseHistory,
  log: readonly string[],
): WaitsFound {
  const problems: string[] = [];
  const same = (what: string, found: unknown, expected: unknown): void => {
    const [one, other] = [JSON.stringify(found), JSON.stringify(expected)];
    if (one !== other) problems.push(`${what}: ${one} instead of ${other}`);
  };
  const isSampled = new Map(chats.map(({ requestId, sampled }) => [requestId, sampled]));
  const stored = new Map([...traces.values()].flat().map((span) => [`${span.traceId} ${span.spanId}`, span]));
  const grants = readGrants(log);
  let waits = 0;
  let links = 0;
  let markedLinks = 0;
  for (const [requestId, spans] of traces) {
    const wait = spans.find(({ name }) => name === 'gpu.lease.wait');
    const expected = history.waits.get(requestId);
    same(`${requestId} waited`, wait !== undefined, expected !== undefined);
    checkRelease(requestId, spans, history, same);
    if (wait === undefined || expected === undefined) continue;
    waits += 1;
    const server = spans.find(({ name, kind }) => name === acquire && kind === 'SERVER');
    for (const { name, attributes } of [wait, ...(server === undefined ? [] : [server])]) {
      const told = `${name} of ${requestId}`;
      const behind = expected.behind.slice(0, mostNamed).map((holder) => holder.requestId);
      same(`behind on ${told}`, attributes['ryzanstein.lease.behind'], behind);
      same(
        `released_by on ${told}`,
        attributes['ryzanstein.lease.released_by'],
        expected.releasedBy?.requestId,
      );
    }
    const admittedBy = grants.get(expected.leaseId)?.admittedBy ?? '';
    same(`the log on ${requestId}`, grants.get(admittedBy)?.requestId, expected.releasedBy?.requestId);
    const linked = expectedLinks(expected, (holder) => isSampled.get(holder.requestId) === true);
    same(
      `links of ${requestId}`,
      wait.links.map(({ attributes }) => [
        attributes['request.id'],
        attributes['ryzanstein.lease.id'],
        attributes['ryzanstein.link.released'] === true,
      ]),
      linked.map(({ requestId: id, leaseId }) => [id, leaseId, leaseId === expected.releasedBy?.leaseId]),
    );
    for (const { traceId, spanId, attributes } of wait.links) {
      links += 1;
      if (attributes['ryzanstein.link.released'] === true) markedLinks += 1;
      const target = stored.get(`${traceId} ${spanId}`);
      same(
        `target of a link of ${requestId}`,
        target && [
          target.name,
          target.kind,
          target.attributes['request.id'],
          target.attributes['ryzanstein.lease.id'],
        ],
        [acquire, 'SERVER', attributes['request.id'], attributes['ryzanstein.lease.id']],
      );
    }
  }
  return { waits, links, markedLinks, problems };
}

/** The one that let it in, then the oldest of the others; of those that are kept. */
function expectedLinks(
  { behind, releasedBy }: WaitedFor,
  isSampled: (holder: Holder) => boolean,
): readonly Holder[] {
  const others = behind
    .slice(0, mostNamed)
    .filter((holder) => isSampled(holder) && holder.leaseId !== releasedBy?.leaseId);
  const marked = releasedBy !== undefined && isSampled(releasedBy) ? [releasedBy] : [];
  return [...marked, ...others].slice(0, mostNamed);
}

function checkRelease(
  requestId: string,
  spans: readonly StoredSpan[],
  history: LeaseHistory,
  same: (what: string, found: unknown, expected: unknown) => void,
): void {
  const release = spans.find(({ name, kind }) => name.endsWith('/Release') && kind === 'SERVER');
  const waiting = history.waitingAtRelease.get(requestId) ?? new Set<string>();
  const named = release?.attributes['ryzanstein.lease.blocked_requests'] as readonly string[] | undefined;
  same(`blocked_count of ${requestId}`, release?.attributes['ryzanstein.lease.blocked_count'], waiting.size);
  same(
    `blocked_requests of ${requestId}`,
    (named ?? []).map((one) => waiting.has(one)),
    Array.from({ length: Math.min(mostNamed, waiting.size) }, () => true),
  );
}

/** By lease id: who got it, and whose end let that one in. */
function readGrants(
  log: readonly string[],
): ReadonlyMap<string, { readonly requestId: string; readonly admittedBy: string | undefined }> {
  const grants = new Map<string, { requestId: string; admittedBy: string | undefined }>();
  for (const line of log) {
    if (!line.includes('"lease granted"')) continue;
    const { lease_id, request_id, admitted_by } = JSON.parse(line) as Record<string, string>;
    grants.set(lease_id ?? '', { requestId: request_id ?? '', admittedBy: admitted_by });
  }
  return grants;
}
