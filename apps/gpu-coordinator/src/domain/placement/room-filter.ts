import type { LeaseRequest } from '../lease.ts';
import type { Usage } from './usage.ts';

/** Leaves out a device with fewer free slots than the request needs, or whose free ones are kept for another. */
export function full({ slots }: LeaseRequest, usage: Usage): 'full' | undefined {
  return usage.open && usage.freeSlots >= slots ? undefined : 'full';
}
