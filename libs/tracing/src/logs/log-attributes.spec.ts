import { attributesOf, cut } from './log-attributes.ts';

const limits = { attributeValueLength: 20, attributeCount: 4 };
const wide = { attributeValueLength: 10_000, attributeCount: 128 };

it('keeps plain values as they are, and others as text', () => {
  expect(
    attributesOf(
      {
        text: 'a',
        whole: 1,
        fraction: 0.5,
        endless: Infinity,
        yes: true,
        list: ['a', 'b'],
        mixed: ['a', 1],
        object: { a: { b: 1 } },
        big: 12n,
        nothing: null,
        unset: undefined,
        trace_id: 'x',
        span_id: 'x',
        trace_flags: 'x',
        request_id: 'x',
      },
      wide,
    ),
  ).toEqual({
    text: 'a',
    whole: 1,
    fraction: 0.5,
    endless: 'Infinity',
    yes: true,
    list: ['a', 'b'],
    mixed: '["a",1]',
    object: '{"a":{"b":1}}',
    big: '"12"',
  });
});

it('reads what is circular, or refuses to be read', () => {
  const circular: Record<string, unknown> = { name: 'owl', size: 3n, twice: [{ n: 1 }] };
  circular['self'] = circular;
  const same = { n: 1 };
  const refusing = {
    toJSON: () => {
      throw new Error('no');
    },
  };
  expect(attributesOf({ circular, refusing, pair: { one: same, other: same } }, wide)).toEqual({
    circular: '{"name":"owl","size":"3","twice":[{"n":1}],"self":"[Circular]"}',
    refusing: '[unreadable]',
    pair: '{"one":{"n":1},"other":{"n":1}}',
  });
});

it('cuts what is too long, and keeps no more than there may be', () => {
  const long = 'x'.repeat(1_000_000);
  expect(attributesOf({ long, list: [long, 'b'], object: { long }, last: 1, lost: 2 }, limits)).toEqual({
    long: 'x'.repeat(20),
    list: ['x'.repeat(20), 'b'],
    object: `{"long":"${'x'.repeat(11)}`,
    last: 1,
  });
  expect(
    attributesOf({ a: 1, b: 2, c: 3, d: 4, 'request.id': 'theirs' }, limits, { 'request.id': 'r' }),
  ).toEqual({
    'request.id': 'r',
    a: 1,
    b: 2,
    c: 3,
  });
});

it('cuts no character in two', () => {
  expect(cut('abc😀', 4)).toBe('abc');
  expect(cut('abc😀', 5)).toBe('abc😀');
});

it("puts an error's stack into exception.stacktrace alone, with its causes", () => {
  const root = new TypeError('no socket');
  const error = new RangeError('too far', { cause: root });
  const attributes = attributesOf({ err: error, nested: { error } }, wide);
  expect(attributes).toEqual({
    'exception.type': 'RangeError',
    'exception.message': 'too far',
    'exception.stacktrace': `${error.stack}\nCaused by: ${root.stack}`,
    nested: '{"error":{}}',
  });
  root.cause = error;
  expect(
    String(attributesOf({ err: error }, wide)['exception.stacktrace']).split('Caused by: '),
  ).toHaveLength(5);
  const short = attributesOf({ err: error }, limits);
  expect(short['exception.stacktrace']).toBe(error.stack?.slice(0, 20));
});
