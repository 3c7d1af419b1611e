import type { Device } from '../engine-registry.ts';
import type { LeaseRequest } from '../lease.ts';

/** Leaves out a device that never has as many slots as the request needs. */
export function tooSmall({ slots }: LeaseRequest, { reported }: Device): 'too_small' | undefined {
  return reported.capacity >= slots ? undefined : 'too_small';
}
