import { RpcError } from '@ryzanstein/rpc';
import { randomBytes } from 'node:crypto';
import type { LlmClient } from '../chat/chat-call.ts';
import type { Distribution } from './distribution.ts';
import type { Random } from './seeded-random.ts';

/** Gives the prompt of the next request. */
export type PromptSource = () => string;

/** The lines of a file in turn, empty ones left out. */
export function promptsFromLines(text: string): PromptSource {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length === 0) throw new Error('it has no line with text');
  let next = 0;
  return () => lines[next++ % lines.length] ?? '';
}

/** What words take in the tokens of a model. */
export interface WordCosts {
  /** Tokens that a prompt takes beside its words, its chat template above all. */
  readonly base: number;
  /** Words, each with its tokens. */
  readonly words: readonly (readonly [word: string, tokens: number])[];
  /** The model was not asked: each word counts as one token. */
  readonly guessed?: true;
}

/** Prompts of random words, so that no two begin alike and no cached prefix shortens them. */
export function wordPrompts(costs: WordCosts, lengths: Distribution, random: Random): PromptSource {
  const cheapest = costs.words.reduce((least, word) => (word[1] < least[1] ? word : least));
  return () => {
    const wanted = lengths.draw(random);
    const words: string[] = [];
    for (let tokens = costs.base; words.length === 0 || tokens + cheapest[1] <= wanted + 0.5;) {
      const drawn = costs.words[Math.floor(random() * costs.words.length)] ?? cheapest;
      const [word, cost] = tokens + drawn[1] <= wanted + 0.5 ? drawn : cheapest;
      words.push(word);
      tokens += cost;
    }
    return words.join(' ');
  };
}

const words =
  'the a of and to in is on time light river stone small green morning letter number garden'.split(' ');
const few = 4;
const many = 12;

/**
 * Asks the mesh what words take, without leaving traces of its own.
 *
 * @throws RpcError where the mesh does not answer
 */
export async function countWords(client: LlmClient, model: string | undefined): Promise<WordCosts> {
  const count = async (content: string): Promise<number> => {
    const traceparent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-00`;
    const request = {
      chat: { messages: [{ role: 'user', content }] },
      ...(model === undefined ? {} : { model }),
    };
    return (await client.CountTokens(request, { timeoutMs: 10_000, metadata: { traceparent } })).tokens;
  };
  const times = (word: string, number: number): string => new Array<string>(number).fill(word).join(' ');
  try {
    const costs = await Promise.all(
      words.map(async (word) => {
        const [less, more] = await Promise.all([count(times(word, few)), count(times(word, many))]);
        const tokens = (more - less) / (many - few);
        return { word, tokens, base: less - few * tokens };
      }),
    );
    if (costs.some(({ tokens }) => tokens <= 0)) return guessed;
    return {
      base: Math.round(costs.reduce((sum, { base }) => sum + base, 0) / costs.length),
      words: costs.map(({ word, tokens }) => [word, tokens] as const),
    };
  } catch (error) {
    if (RpcError.from(error).code === 'UNIMPLEMENTED') return guessed;
    throw error;
  }
}

const guessed: WordCosts = { base: 0, words: words.map((word) => [word, 1] as const), guessed: true };
