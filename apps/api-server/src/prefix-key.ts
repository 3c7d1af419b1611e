import { createHash } from 'node:crypto';
import type { Prompt } from './domain/generation-request.ts';

/** As much of a first message as has to be equal. */
const beginning = 256;
/** A system prompt is there for many requests, so it counts with all that matters of it. */
const systemBeginning = 4_096;
/** Too short to tell a prompt by, long enough that two seldom have the same. */
const bytes = 6;

/**
 * The same for the turns of one conversation and for requests with one system prompt, so that they can be placed where
 * their beginning is in a cache: a hash over the model and the system message that comes first, or else the first
 * 256 characters of the first message. Only a few bytes of it, from which no text can be had back.
 */
export function prefixKey(model: string, prompt: Prompt): string {
  const [role, start] = beginningOf(prompt);
  if (start === '') return '';
  const hash = createHash('sha256').update(JSON.stringify([model, role, start]));
  return hash.digest().subarray(0, bytes).toString('base64url');
}

function beginningOf(prompt: Prompt): readonly [role: string, start: string] {
  if (prompt.kind === 'text') return ['', prompt.text.slice(0, beginning)];
  const [first] = prompt.messages;
  if (first === undefined) return ['', ''];
  const { role, content } = first;
  return [role, content.slice(0, role === 'system' ? systemBeginning : beginning)];
}
