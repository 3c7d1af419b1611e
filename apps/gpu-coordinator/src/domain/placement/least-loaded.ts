import { loadOf, type Usage } from './usage.ts';

/** Higher where a smaller share of the device's slots is leased. */
export function leastLoaded(usage: Usage): number {
  return -loadOf(usage);
}
