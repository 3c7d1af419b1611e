import type { LeaseRequest } from '../lease.ts';
import { kvPromise } from './kv-promise.ts';
import { leastLoaded } from './least-loaded.ts';
import { prefixAffinity } from './prefix-affinity.ts';
import { loadOf, type Usage } from './usage.ts';

/** Why a device was taken: the first score in which it is ahead of the next best. */
export type PlacementReason = 'only_device' | 'prefix_affinity' | 'least_loaded' | 'lowest_id';

type Score = (request: LeaseRequest, usage: Usage, leastLoad: number) => number;

/** In order: a later one decides where all before it are equal. Promised memory is load, too. */
const scores: readonly { readonly reason: PlacementReason; readonly score: Score }[] = [
  { reason: 'least_loaded', score: kvPromise },
  { reason: 'prefix_affinity', score: prefixAffinity },
  { reason: 'least_loaded', score: (_, usage) => leastLoaded(usage) },
];

interface Scored {
  readonly usage: Usage;
  readonly values: readonly number[];
}

/** The best of the candidates, the one with the lowest number where several are; undefined where there is none. */
export function pick(
  request: LeaseRequest,
  candidates: readonly Usage[],
): { readonly usage: Usage; readonly reason: PlacementReason } | undefined {
  const leastLoad = Math.min(...candidates.map(loadOf));
  const [best, next] = candidates
    .map((usage) => ({ usage, values: scores.map(({ score }) => score(request, usage, leastLoad)) }))
    .sort(inOrder);
  if (best === undefined) return undefined;
  if (next === undefined) return { usage: best.usage, reason: 'only_device' };
  const decisive = best.values.findIndex((value, index) => value !== next.values[index]);
  return { usage: best.usage, reason: scores[decisive]?.reason ?? 'lowest_id' };
}

function inOrder(one: Scored, other: Scored): number {
  const decisive = one.values.findIndex((value, index) => value !== other.values[index]);
  if (decisive < 0) return one.usage.device.gpuId - other.usage.device.gpuId;
  return other.values[decisive]! - one.values[decisive]!;
}
