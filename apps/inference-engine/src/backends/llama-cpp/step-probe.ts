import type { LlamaContext, Token } from 'node-llama-cpp';
import { batchLengths, type BatchCost } from '../../domain/batch-costs.ts';
import type { StepCosts } from '../../domain/prompt-share.ts';

const rounds = 3;
const decodes = 8;

/**
 * Times a decode step, and pieces of a prompt by their length, up to `mostTokens`. Whatever else the
 * machine does makes a step slower and never faster, so the fastest of a few is kept of each. Takes
 * `trialMs` at most, but for the call under way: of a large model on a processor only the first lengths are
 * known then, or none. Gives undefined where there was not even time for a decode. The context's sequences
 * are all free again after it.
 */
export async function probeSteps(
  context: LlamaContext,
  start: Token,
  mostTokens: number,
  trialMs = 600,
): Promise<StepCosts | undefined> {
  const untilMs = performance.now() + trialMs;
  const sequence = context.getSequence();
  try {
    const decodeMs = await fastest(decodes, untilMs, sequence.evaluate([start], { yieldEogToken: true }));
    if (decodeMs === undefined) return undefined;
    const most = Math.min(mostTokens, context.contextSize - 1);
    const lengths = batchLengths.filter((tokens) => tokens <= most);
    const costs = new Map<number, number>();
    for (let round = 0; round < rounds; round++) {
      let lastMs = 0;
      for (const tokens of lengths) {
        // The next is not much more than twice as long as this one.
        if (performance.now() + 2 * lastMs > untilMs) break;
        await sequence.clearHistory();
        const fromMs = performance.now();
        await sequence.evaluateWithoutGeneratingNewTokens(Array<Token>(tokens).fill(start));
        lastMs = performance.now() - fromMs;
        costs.set(tokens, Math.min(lastMs, costs.get(tokens) ?? Infinity));
      }
    }
    const prompts: readonly BatchCost[] = [...costs].map(([tokens, ms]) => ({ tokens, ms }));
    return { decodeMs, prompts };
  } finally {
    await sequence.dispose();
  }
}

/** The fastest of so many steps, or of as many as there is time for; undefined without one. */
async function fastest(
  steps: number,
  untilMs: number,
  tokens: AsyncGenerator<Token, void>,
): Promise<number | undefined> {
  try {
    // The first also warms the caches up.
    await tokens.next();
    let ms = Infinity;
    for (let step = 0; step < steps && performance.now() < untilMs; step++) {
      const fromMs = performance.now();
      await tokens.next();
      ms = Math.min(ms, performance.now() - fromMs);
    }
    return Number.isFinite(ms) ? ms : undefined;
  } finally {
    await tokens.return();
  }
}
