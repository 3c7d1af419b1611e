import { durationMs } from './variables.ts';

/** `RYZ_KEEPALIVE_MS`: how soon a process notices that the network to another one is cut. */
export const keepaliveMs = durationMs('RYZ_KEEPALIVE_MS', {
  default: 10_000,
  min: 100,
  max: 3_600_000,
  description:
    'After this long without a word on a connection a sign of life is asked for; without one within half of it again the connection is given up, and the calls on it end.',
});
