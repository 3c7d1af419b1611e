import { bearerToken } from './bearer-token.ts';

it.each([['Bearer abc'], ['bearer abc'], ['BEARER  abc']])('reads %j', (value) => {
  expect(bearerToken([value])).toEqual({ kind: 'token', token: 'abc' });
});

it.each([[[]], [['']], [[undefined]]])('finds none in %j', (values) => {
  expect(bearerToken(values)).toEqual({ kind: 'none' });
});

it.each([
  [['abc']],
  [['Bearer']],
  [['Bearer ']],
  [['Bearer a b']],
  [['Bearer a, Bearer b']],
  [['Basic YTpi']],
  [['Bearer \u00e4']],
  [[`Bearer ${'x'.repeat(257)}`]],
  [['Bearer a', 'Bearer b']],
  [[Buffer.from('Bearer a')]],
])('does not take %j', (values) => {
  expect(bearerToken(values)).toEqual({ kind: 'malformed' });
});
