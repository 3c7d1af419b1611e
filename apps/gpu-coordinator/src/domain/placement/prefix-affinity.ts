import type { LeaseRequest } from '../lease.ts';
import { loadOf, type Usage } from './usage.ts';

/** How much more loaded than the least loaded device one may be that has the beginning of the prompt; a share of slots. */
export const MAX_IMBALANCE = 0.25;

/**
 * 1 where a prompt with the same beginning was placed lately, so that the engine may still have it in its cache;
 * 0 elsewhere. A cache saves a part of the prefill, waiting costs all of it: so also 0 where the device has no
 * slot that would run at once, or is more than `MAX_IMBALANCE` more loaded than the least loaded candidate.
 */
export function prefixAffinity(request: LeaseRequest, usage: Usage, leastLoad: number): number {
  const { device, leasedSlots } = usage;
  if (!device.prefixes.has(request.prefixKey)) return 0;
  if (leasedSlots + request.slots > device.reported.slots) return 0;
  return loadOf(usage) - leastLoad <= MAX_IMBALANCE ? 1 : 0;
}
