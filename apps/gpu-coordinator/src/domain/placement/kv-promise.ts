import type { LeaseRequest } from '../lease.ts';
import type { Usage } from './usage.ts';

/** 1 where the device's KV cache holds what its leases were promised and this request besides, 0 where not. */
export function kvPromise({ kvTokens }: LeaseRequest, { device, promisedKvTokens }: Usage): number {
  const limit = device.reported.load?.kvTokensLimit ?? 0;
  return limit > 0 && promisedKvTokens + kvTokens > limit ? 0 : 1;
}
