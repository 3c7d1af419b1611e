import type { Device } from '../engine-registry.ts';

/** What a device has out, as far as placement cares. */
export interface Usage {
  readonly device: Device;
  readonly leasedSlots: number;
  /** Tokens of KV cache that its leases were granted for. */
  readonly promisedKvTokens: number;
  readonly freeSlots: number;
  /** False where what is free is kept for a request before this one. */
  readonly open: boolean;
}

/** Leased slots by those that really run at once; above 1 while leases stand ready for a hand-over. */
export function loadOf({ leasedSlots, device }: Usage): number {
  return leasedSlots / Math.max(1, device.reported.slots);
}
