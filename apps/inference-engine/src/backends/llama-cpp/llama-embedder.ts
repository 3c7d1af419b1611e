import type { LlamaModel, LlamaVocabularyType, Token } from 'node-llama-cpp';
import type { Embedder } from '../../domain/embedding.ts';

/** An embedder, and the context that it holds. */
export interface LlamaEmbedder extends Embedder {
  dispose(): Promise<void>;
}

/**
 * Opens an embedding context of its own: one more context memory of one sequence, and work buffers for
 * a whole text, because a pooled vector needs all of a text in one batch.
 */
export async function openLlamaEmbedder(
  model: LlamaModel,
  { contextTokens, threads }: { readonly contextTokens: number; readonly threads: number },
): Promise<LlamaEmbedder> {
  const context = await model.createEmbeddingContext({
    contextSize: contextTokens,
    batchSize: contextTokens,
    threads,
  });
  return {
    async vectorOf(ids) {
      const { vector } = await context.getEmbeddingFor(ids as Token[]);
      return vector;
    },
    dispose: () => context.dispose(),
  };
}

/**
 * Puts round a text's ids what the model wants there, as the embedding context itself would: so that
 * what is counted and checked is what is evaluated.
 */
export function embeddingFrame(
  { tokens, vocabularyType }: LlamaModel,
  types: typeof LlamaVocabularyType,
): (ids: readonly number[]) => readonly number[] {
  const { rwkv, ugm, wpm } = types;
  let begin: Token | null = tokens.shouldPrependBosToken ? tokens.bos : null;
  let end: Token | null = tokens.shouldAppendEosToken ? tokens.eos : null;
  if (vocabularyType === wpm) [begin, end] = [tokens.bos, tokens.sep];
  else if (vocabularyType === ugm) [begin, end] = [null, tokens.eos];
  else if (vocabularyType === rwkv) [begin, end] = [null, null];
  return (ids) => {
    const head = begin === null || ids[0] === begin ? [] : [begin];
    const tail = end === null || ids.at(-1) === end ? [] : [end];
    return [...head, ...ids, ...tail];
  };
}
