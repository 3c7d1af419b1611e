import { setTimeout } from 'node:timers/promises';

/** What one slice of a measurement runs: `streams` at once, each `requests` one after the other. */
export interface Slice {
  readonly streams: number;
  readonly requests: number;
  readonly maxTokens: number;
  /** `chat` asks the question with the model's template; `text` continues it as it is. */
  readonly kind: 'chat' | 'text';
  readonly prompts: readonly string[];
  /** Rest of a stream before each request, so that what the last one left to do is done; ms. Default 0. */
  readonly restMs?: number;
}

/** What came of a slice. */
export interface SliceResult {
  readonly tokens: number;
  readonly wallMs: number;
  /** Request to first token, of each request. */
  readonly firstTokenMs: readonly number[];
  /** Request to its last token, of each request. */
  readonly requestMs: readonly number[];
}

/** Runs a slice; `ask` gives the tokens of one request and tells when the first came. */
export async function runSlice(
  slice: Slice,
  ask: (prompt: string, slice: Slice, onFirstToken: () => void) => Promise<number>,
): Promise<SliceResult> {
  const firstTokenMs: number[] = [];
  const requestMs: number[] = [];
  let tokens = 0;
  const stream = async (index: number): Promise<void> => {
    for (let request = 0; request < slice.requests; request++) {
      const prompt = slice.prompts[(index + request * slice.streams) % slice.prompts.length] ?? '';
      if (slice.restMs !== undefined) await setTimeout(slice.restMs);
      const askedAt = performance.now();
      let first = true;
      const got = await ask(prompt, slice, () => {
        if (first) firstTokenMs.push(performance.now() - askedAt);
        first = false;
      });
      // Not `tokens += await …`: that would read the sum before the others add to it.
      tokens += got;
      requestMs.push(performance.now() - askedAt);
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: slice.streams }, (_, index) => stream(index)));
  return { tokens, wallMs: performance.now() - startedAt, firstTokenMs, requestMs };
}

/** Prompts of one length that share no beginning, so that no prefix is reused. */
export const plainPrompts = Array.from(
  { length: 16 },
  (_, index) => `${String.fromCharCode(65 + index)} stream of words number ${index}, to be continued:`,
);

/** Questions that the tiny model answers at some length. */
export const storyPrompts = ['fox', 'owl', 'bear', 'cat', 'frog', 'crow', 'hare', 'mole'].map(
  (animal) => `Tell me a short story about a ${animal}.`,
);
