import { createEngine, type Engine } from '../engine.ts';
import type { TextsToEmbed } from '../engine-embedding.ts';
import { ask, complete } from './backend-contract.ts';
import type { Backend } from './backend.ts';

const texts = ['The owl sleeps in the oak.', 'A fox ran home.', 'What is 7 plus 5?'];

async function embed(engine: Engine, request: Partial<TextsToEmbed> = {}): Promise<readonly Float32Array[]> {
  const answer = await engine.embed({ texts, signal: new AbortController().signal, ...request });
  if (answer.kind !== 'running') throw new Error(JSON.stringify(answer));
  return answer.vectors;
}

/** The tests of embedding that every backend passes. */
export function describeEmbedding(name: string, open: () => Promise<Backend>): void {
  describe(`${name} as a Backend that embeds`, () => {
    let backend: Backend;
    let engine: Engine;
    beforeAll(async () => {
      backend = await open();
      engine = createEngine(backend);
    });
    afterAll(() => backend.close(new Error('closed')));

    it('gives each text, in order, a vector of length 1, and different ones to different texts', async () => {
      const vectors = await embed(engine);
      expect(vectors).toHaveLength(texts.length);
      for (const vector of vectors) {
        expect(vector).toHaveLength(backend.embeddings.dimensions ?? NaN);
        expect(Math.hypot(...vector)).toBeCloseTo(1, 6);
      }
      const swapped = await embed(engine, { texts: [...texts].reverse() });
      expect([...swapped].reverse()).toEqual(vectors);
      expect(new Set(vectors.map((vector) => vector.join())).size).toBe(texts.length);
    });

    it('gives the same vector to the same text, alone and beside generation and other texts', async () => {
      const alone = await embed(engine);
      const telling = ask('Tell me a story.', {
        maxTokens: 120,
        ignoreEos: backend.promises.ignoresEos,
      });
      const [beside, others, story] = await Promise.all([
        embed(engine),
        embed(engine, { texts: [...texts, 'Something else.'] }),
        complete(engine, telling),
        complete(engine, { ...telling, seed: 7n, temperature: 1 }),
      ]);
      expect(beside).toEqual(alone);
      expect(others.slice(0, 3)).toEqual(alone);
      const again = await complete(engine, telling);
      expect(story.text).not.toBe('');
      if (backend.promises.sameText) expect(story.text).toBe(again.text);
    });

    it('ends before the next text once its caller leaves, and embeds on', async () => {
      const caller = new AbortController();
      const gone = new Error('gone');
      const kinds: string[] = [];
      const many = Array.from({ length: 100 }, (_, index) => `${index} owls sleep in the oak`.repeat(12));
      const answer = await engine.embed({
        texts: many,
        signal: caller.signal,
        onEnd: ({ outcome, inputTokens }) =>
          void kinds.push(`${outcome.kind}, ${inputTokens === undefined ? 'nothing told' : 'one embedded'}`),
      });
      if (answer.kind !== 'running') throw new Error(answer.kind);
      expect(backend.load).toMatchObject({ active: 1, queued: 0 });
      caller.abort(gone);
      await expect(answer.vectors).rejects.toBe(gone);
      expect(backend.load).toMatchObject({ active: 0, queued: 0 });
      // Another server is left in the midst of all of them.
      expect(kinds).toEqual([
        backend.remote === undefined ? 'cancelled, one embedded' : 'cancelled, nothing told',
      ]);
      expect(await embed(engine)).toHaveLength(3);
    });

    it('takes a text of as many tokens as it says, and none of one more', async () => {
      const { maxTokens } = backend.embeddings;
      const { tokenizer } = backend;
      if (tokenizer === undefined || maxTokens === undefined) {
        const far = 'word '.repeat(20_000);
        const asked = await engine.embed({ texts: [far], signal: new AbortController().signal });
        if (asked.kind !== 'running') throw new Error(asked.kind);
        await expect(asked.vectors).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
        return;
      }
      const tokens = (text: string): number => {
        const tokenized = tokenizer.readForEmbedding(text);
        return tokenized.kind === 'tokens' ? tokenized.ids.length : 0;
      };
      let text = 'x';
      while (tokens(`${text} x`) <= maxTokens) text += ' x';
      expect(tokens(text)).toBe(maxTokens);
      expect(await embed(engine, { texts: [text] })).toHaveLength(1);
      const { signal } = new AbortController();
      expect(await engine.embed({ texts: ['x', `${text} x`], signal })).toEqual({
        kind: 'invalid',
        violations: [
          {
            field: 'input[1]',
            description: `has ${maxTokens + 1} tokens; give a text of at most ${maxTokens}`,
          },
        ],
      });
    });

    it.each([
      ['no texts', [], 'input'],
      ['too many texts', Array<string>(257).fill('x'), 'input'],
      ['an empty text', ['x', ''], 'input[1]'],
    ])('refuses %s, naming the field', async (_, given, field) => {
      const { signal } = new AbortController();
      expect(await engine.embed({ texts: given, signal })).toMatchObject({
        kind: 'invalid',
        violations: [{ field }],
      });
    });
  });

  it(`${name} ends embedding as it closes, the text at work included`, async () => {
    const own = await open();
    const closed = new Error('closed');
    const answer = await createEngine(own).embed({
      texts: Array<string>(50).fill(texts.join(' ')),
      signal: new AbortController().signal,
    });
    if (answer.kind !== 'running') throw new Error(answer.kind);
    const ended = expect(answer.vectors).rejects.toBe(closed);
    await own.close(closed);
    await ended;
  });
}
