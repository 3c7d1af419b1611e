import { setImmediate } from 'node:timers/promises';
import type { Backend } from './backends/backend.ts';
import type { EmbeddingPlan } from './domain/embedding.ts';
import type { Violation } from './domain/prompt.ts';

/** Texts to embed. */
export interface TextsToEmbed extends Omit<EmbeddingPlan, 'texts'> {
  readonly texts: readonly string[];
}

/** What became of a request for embeddings. */
export type EmbedAnswer =
  | {
      readonly kind: 'running';
      readonly vectors: Promise<readonly Float32Array[]>;
      /** Tokens of all texts. */
      readonly inputTokens: number;
    }
  | { readonly kind: 'invalid'; readonly violations: readonly Violation[] }
  | { readonly kind: 'queue_full'; readonly queued: number; readonly retryAfterMs: number }
  | { readonly kind: 'closed' };

const mostTexts = 256;
// An answer is one message, and gRPC clients take messages of 4 MiB.
const mostNumbers = 1_000_000;
// A status travels in trailers, which hold a few KiB.
const mostViolations = 8;

/** Checks all texts, and hands them to the backend where none is at fault. */
export async function submitTexts(
  backend: Pick<Backend, 'embeddings' | 'tokenizeForEmbedding' | 'embed'>,
  { texts, ...rest }: TextsToEmbed,
): Promise<EmbedAnswer> {
  const { dimensions, maxTokens } = backend.embeddings;
  const most = Math.min(mostTexts, Math.floor(mostNumbers / dimensions));
  if (texts.length === 0) return invalid('input', 'is empty; give at least one text');
  if (texts.length > most)
    return invalid('input', `has ${texts.length} texts; give at most ${most} in one request`);

  const violations: Violation[] = [];
  const plan: (readonly number[])[] = [];
  let inputTokens = 0;
  for (const [index, text] of texts.entries()) {
    const field = `input[${index}]`;
    if (text === '') {
      violations.push({ field, description: 'is empty; give it a text or leave it out' });
      if (violations.length === mostViolations) break;
      continue;
    }
    const tokenized = backend.tokenizeForEmbedding(text);
    if (tokenized.kind === 'refused') {
      const { field: at, description } = tokenized.violation;
      const mend = at === 'text' ? 'a shorter text' : 'another text';
      violations.push({ field, description: `${description}; give ${mend}` });
    } else if (tokenized.ids.length > maxTokens) {
      const has = `has ${tokenized.ids.length} tokens`;
      violations.push({ field, description: `${has}; give a text of at most ${maxTokens}` });
    } else {
      plan.push(tokenized.ids);
      inputTokens += tokenized.ids.length;
    }
    // Tokenising holds up every other sequence of this process.
    await setImmediate();
    rest.signal.throwIfAborted();
    if (violations.length === mostViolations) break;
  }
  if (violations.length > 0) return { kind: 'invalid', violations };
  const submission = backend.embed({ texts: plan, ...rest });
  if (submission.kind !== 'queued') return submission;
  return { kind: 'running', vectors: submission.vectors, inputTokens };
}

function invalid(field: string, description: string): EmbedAnswer {
  return { kind: 'invalid', violations: [{ field, description }] };
}
