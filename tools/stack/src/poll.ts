import { setTimeout as delay } from 'node:timers/promises';

const lookEveryMs = 100;

/** Asks until the answer is true. Returns false where that takes longer than `limitMs`, or `signal` ends it. */
export async function becomes(
  ask: () => Promise<boolean>,
  limitMs: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const endAt = performance.now() + limitMs;
  for (;;) {
    if (signal?.aborted === true) return false;
    if (await ask()) return true;
    if (performance.now() > endAt) return false;
    await delay(lookEveryMs);
  }
}

/** Whether a GET is answered with 200 to 299, and, where asked for, with a body that fits. */
export async function answers(url: string, fits: (body: string) => boolean = () => true): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    const body = await response.text();
    return response.ok && fits(body);
  } catch {
    return false;
  }
}
