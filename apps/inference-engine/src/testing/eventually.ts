/** Polls until an expectation holds; fails with what it says last after `limitMs`. */
export async function eventually(expectation: () => void, limitMs = 8_000): Promise<void> {
  const endAtMs = performance.now() + limitMs;
  for (;;) {
    try {
      return expectation();
    } catch (reason) {
      if (performance.now() > endAtMs) throw reason;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
