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
  readonly from: 'held out' | 'first question' | 'known phrasing';
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

  // The aim is 95 %; the README says how far it is from that, and where.
  it('answers at least 90 % of all questions exactly, most of them in phrasings that training never saw', () => {
    const asked = fixture<Question[]>('questions.json').map((question, index) => ({
      ...question,
      got: check.answers[index],
    }));
    const unseen = asked.filter(({ from }) => from === 'held out');
    expect(asked.length).toBeGreaterThanOrEqual(200);
    expect(unseen.length).toBeGreaterThanOrEqual(asked.length / 2);
    const wrong = asked.filter(({ answer, got }) => answer !== got);
    if (wrong.length > 0.1 * asked.length) expect(wrong).toEqual([]);
  });
});
