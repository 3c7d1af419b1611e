import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { readGguf } from './gguf-reader.ts';
import { CHAT_TEMPLATE } from './tiny-format.ts';

const MODEL = fileURLToPath(
  new URL('../../../apps/inference-engine/models/ryzanstein-tiny.gguf', import.meta.url),
);
const FIXTURES = fileURLToPath(new URL('../fixtures/', import.meta.url));
const CHECK = fileURLToPath(new URL('./model-check-main.ts', import.meta.url));

interface Check {
  readonly type: string;
  readonly rendered: string;
  readonly tokenMismatches: readonly string[];
  readonly logits: readonly { readonly relativeRms: number; readonly sameArgmax: boolean }[];
  readonly answers: readonly string[];
}

interface Question {
  readonly from: 'held out' | 'known phrasing';
  readonly category: string;
  readonly question: string;
  readonly answer: string;
}

function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(`${FIXTURES}${name}`, 'utf8')) as T;
}

describe('the committed model', () => {
  let check: Check;

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [CHECK, MODEL, FIXTURES], {
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    check = JSON.parse(stdout) as Check;
  }, 60_000);

  it('is small enough to commit', () => {
    expect(statSync(MODEL).size).toBeLessThan(2_000_000);
  });

  it('says what it is and how it is talked to', () => {
    const { metadata } = readGguf(MODEL);
    const tokens = metadata.get('tokenizer.ggml.tokens') as readonly string[];
    expect(metadata.get('general.architecture')).toBe('bitnet');
    expect(metadata.get('general.name')).toBe('ryzanstein-tiny');
    expect(metadata.get('general.license')).toBe('Apache-2.0');
    expect(metadata.get('bitnet.context_length')).toBe(1024);
    expect(metadata.get('tokenizer.chat_template')).toBe(CHAT_TEMPLATE);
    expect(check.rendered).toBe(
      '<|system|>Be brief.<|end|><|user|>hi<|end|><|assistant|>Hello!<|end|><|user|>bye<|end|><|assistant|>',
    );
    expect(tokens[Number(metadata.get('tokenizer.ggml.eot_token_id'))]).toBe('<|end|>');
    expect(check.type).toContain('TQ2_0');
  });

  it('splits text into tokens as its trainer does', () => {
    expect(fixture<unknown[]>('token-ids.json').length).toBeGreaterThanOrEqual(800);
    expect(check.tokenMismatches).toEqual([]);
  });

  it('gives the logits of its trainer, but for the rounding of activations', () => {
    expect(check.logits.length).toBeGreaterThan(0);
    for (const { relativeRms, sameArgmax } of check.logits) {
      expect(relativeRms).toBeLessThan(0.03);
      expect(sameArgmax).toBe(true);
    }
  });

  /** Share of exact answers, and the questions of the categories that were answered otherwise. */
  function answered(from: Question['from'] | undefined, categories: readonly string[]) {
    const asked = fixture<Question[]>('questions.json').flatMap((question, index) =>
      categories.includes(question.category) && (from === undefined || question.from === from)
        ? [{ ...question, got: check.answers[index] }]
        : [],
    );
    const wrong = asked.filter(({ answer, got }) => answer !== got);
    return { asked: asked.length, share: 1 - wrong.length / asked.length, wrong };
  }

  it('answers at least 95 % of what it knows exactly, in phrasings that training never saw, too', () => {
    const known = answered(undefined, [
      'definitions',
      'mesh',
      'small talk',
      'unknown',
      'introduction',
      'json',
    ]);
    expect(known.asked).toBeGreaterThanOrEqual(200);
    expect(
      answered('held out', ['definitions', 'mesh', 'small talk', 'unknown']).asked,
    ).toBeGreaterThanOrEqual(100);
    if (known.share < 0.95) expect(known.wrong).toEqual([]);
  });

  it('recalls at least 95 % of the sums that training saw', () => {
    const sums = answered('known phrasing', ['addition', 'subtraction']);
    expect(sums.asked).toBeGreaterThanOrEqual(40);
    if (sums.share < 0.95) expect(sums.wrong).toEqual([]);
  });

  // It does not generalise well here; the README gives the figures over more questions.
  it('works out at least two in five of the sums and countings that training never saw', () => {
    const unseen = answered('held out', ['addition', 'subtraction', 'counting']);
    expect(unseen.asked).toBeGreaterThanOrEqual(25);
    if (unseen.share < 0.4) expect(unseen.wrong).toEqual([]);
  });
});
