import type { Backend } from './backends/backend.ts';
import { mostViolations, type EmbeddingTerms } from './domain/embedding.ts';
import type { Violation } from './domain/prompt.ts';

/** Texts to embed. */
export interface TextsToEmbed extends EmbeddingTerms {
  readonly texts: readonly string[];
}

/** What became of a request for embeddings. */
export type EmbedAnswer =
  | { readonly kind: 'running'; readonly vectors: Promise<readonly Float32Array[]> }
  | { readonly kind: 'invalid'; readonly violations: readonly Violation[] }
  | { readonly kind: 'not_offered'; readonly reason: string }
  | { readonly kind: 'queue_full'; readonly queued: number; readonly retryAfterMs: number }
  | { readonly kind: 'closed' };

const mostTexts = 256;
// An answer is one message, and gRPC clients take messages of 4 MiB.
const mostNumbers = 1_000_000;

/** Checks all texts, and hands them to the backend where none is at fault. */
export async function submitTexts(
  backend: Pick<Backend, 'embeddings' | 'prepareTexts'>,
  { texts, ...terms }: TextsToEmbed,
): Promise<EmbedAnswer> {
  const { dimensions } = backend.embeddings;
  const most = Math.min(
    mostTexts,
    dimensions === undefined ? mostTexts : Math.floor(mostNumbers / dimensions),
  );
  if (texts.length === 0) return invalid('input', 'is empty; give at least one text');
  if (texts.length > most)
    return invalid('input', `has ${texts.length} texts; give at most ${most} in one request`);
  const empty = texts.flatMap((text, index) => (text === '' ? [index] : [])).slice(0, mostViolations);
  if (empty.length > 0) {
    const description = 'is empty; give it a text or leave it out';
    return { kind: 'invalid', violations: empty.map((index) => ({ field: `input[${index}]`, description })) };
  }
  const prepared = await backend.prepareTexts(texts, terms.signal);
  if (prepared.kind === 'refused') return { kind: 'invalid', violations: prepared.violations };
  if (prepared.kind === 'not_offered') return prepared;
  const submission = prepared.submit(terms);
  return submission.kind === 'queued' ? { kind: 'running', vectors: submission.vectors } : submission;
}

function invalid(field: string, description: string): EmbedAnswer {
  return { kind: 'invalid', violations: [{ field, description }] };
}
