import { RpcError } from '@ryzanstein/rpc';
import fc from 'fast-check';
import { readEmbeddingBody, vectorAs } from './embedding-body.ts';

function problem(body: unknown): string {
  try {
    readEmbeddingBody(body);
  } catch (error) {
    return RpcError.from(error).message;
  }
  throw new Error('it was taken');
}

it('reads one text and several', () => {
  expect(readEmbeddingBody({ model: 'm', input: 'a' })).toEqual({
    model: 'm',
    input: ['a'],
    format: 'float',
  });
  const body = { input: ['a', 'b'], encoding_format: 'base64', user: 'x', dimensions: null };
  expect(readEmbeddingBody(body)).toEqual({ model: '', input: ['a', 'b'], format: 'base64' });
});

it.each([
  [{}, 'input is absent'],
  [{ input: [1, 2] }, 'lists of tokens are not offered'],
  [{ input: 5 }, 'input is a number'],
  [{ input: 'a', encoding_format: 'hex' }, 'give "float" or "base64"'],
  [{ input: 'a', dimensions: 3 }, 'dimensions is not offered here'],
  [{ input: 'a', size: 3 }, 'size is not a field of this request'],
  ['a', 'body is not a JSON object'],
])('refuses %j by name', (body, words) => {
  expect(problem(body)).toContain(words);
});

it('writes base64 that reads back as the same floats', () => {
  fc.assert(
    fc.property(fc.float32Array({ noNaN: true }), (vector) => {
      const bytes = Buffer.from(String(vectorAs('base64', vector)), 'base64');
      expect(Array.from(vector, (_value, index) => bytes.readFloatLE(4 * index))).toEqual([...vector]);
      expect(vectorAs('float', vector)).toEqual([...vector]);
    }),
  );
});
