const patienceMs = 5_000;
const pauseMs = 5;

/** Repeats an expectation until it holds; fails with its own words after 5 s. */
export async function eventually(expectation: () => void | Promise<void>): Promise<void> {
  const untilMs = performance.now() + patienceMs;
  for (;;) {
    try {
      await expectation();
      return;
    } catch (reason) {
      if (performance.now() > untilMs) throw reason;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Resolves once the signal has aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

/** A promise that is opened from outside. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

/** Resolves once a value has been the same at ten looks in a row. */
export async function settledAt<T>(look: () => T): Promise<void> {
  const looks: T[] = [];
  await eventually(() => {
    looks.push(look());
    expect(looks.slice(-10)).toEqual(new Array(10).fill(looks.at(-1)));
  });
}
