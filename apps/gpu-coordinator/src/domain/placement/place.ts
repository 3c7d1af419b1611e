import type { Device } from '../engine-registry.ts';
import type { LeaseRequest } from '../lease.ts';
import { avoided } from './avoid-filter.ts';
import { otherModel } from './model-filter.ts';
import { pick, type PlacementReason } from './pick.ts';
import { full } from './room-filter.ts';
import { tooSmall } from './size-filter.ts';
import { notNow } from './state-filter.ts';
import type { Usage } from './usage.ts';

/** Devices named as left out, at most. */
const MAX_FILTERED = 8;

/** Why a device is not considered for a request. */
export type FilterReason = NonNullable<
  ReturnType<typeof otherModel | typeof tooSmall | typeof avoided | typeof notNow | typeof full>
>;

/** Where a request runs, and why there. */
export interface Placement {
  readonly device: Device;
  readonly reason: PlacementReason;
  /** Devices that passed all filters. */
  readonly candidates: number;
  /** `<engine id>: <reason>` of those left out, by number; at most eight. */
  readonly filtered: readonly string[];
}

/** Why the device is left out; undefined where it is a candidate. */
export function filterOf(request: LeaseRequest, usage: Usage): FilterReason | undefined {
  const { device } = usage;
  return (
    otherModel(request, device) ??
    tooSmall(request, device) ??
    avoided(request, device) ??
    notNow(device.engine) ??
    full(request, usage)
  );
}

/**
 * Filters the devices, scores those that are left, and picks the best. `usages` are all devices there are, by
 * number. Undefined where none is left.
 */
export function place(request: LeaseRequest, usages: readonly Usage[]): Placement | undefined {
  const candidates: Usage[] = [];
  const filtered: string[] = [];
  for (const usage of usages) {
    const reason = filterOf(request, usage);
    if (reason === undefined) candidates.push(usage);
    else if (filtered.length < MAX_FILTERED) filtered.push(`${usage.device.engine.engineId}: ${reason}`);
  }
  const picked = pick(request, candidates);
  if (picked === undefined) return undefined;
  const { usage, reason } = picked;
  return { device: usage.device, reason, candidates: candidates.length, filtered };
}
