import type { HostileCase } from './hostile-traceparents.ts';

const none = undefined;
const same = (title: string, sent: string): HostileCase => [title, sent, sent];
const dropped = (title: string, sent: string): HostileCase => [title, sent, none];
const visible = Array.from({ length: 0x7f - 0x21 }, (_, n) => String.fromCharCode(0x21 + n)).join('');
const members = (count: number) => Array.from({ length: count }, (_, n) => `key${n}=value${n}`).join(',');

/** Passed on as it came, with a `traceparent` or without. */
export const baggages: readonly HostileCase[] = [
  same('one member', 'userId=alice'),
  same('several members', 'userId=alice,serverNode=DF%2028,isProduction=false'),
  same('blanks round its signs', 'a = 1 , b = 2'),
  same(
    'properties',
    'key1=value1;property1;property2, key2 = value2, key3=value3; propertyKey=propertyValue',
  ),
  same('percent-encoding', 'name=Am%C3%A9lie%20%25'),
  same('percent-encoding in capitals and not', 'a=%c3%A9'),
  same('bad percent-encoding', 'a=%zz,b=%'),
  same('a key that is repeated', 'a=1,a=2'),
  same('an equals sign in a value', 'a=b=c'),
  same('an empty value', 'a='),
  same('an empty member', 'a=1,,b=2'),
  same('no equals sign', 'a'),
  same('64 members', members(64)),
  same('180 members', members(180)),
  same('8192 bytes', `a=${'x'.repeat(8_190)}`),
  same('names of the prototype', '__proto__=1,constructor=2'),
  ['blanks before and behind it', '  a=1  ', 'a=1'],
  ['tabs', 'a=1\t,\tb=2', 'a=1 , b=2'],
  ['several headers', ['a=1,b=2', 'c=3'], 'a=1,b=2,c=3'],
  ['nothing at all', none, none],
  dropped('nothing', ''),
  dropped('blanks', '   '),
  dropped('8193 bytes', `a=${'x'.repeat(8_191)}`),
  ['8193 bytes in two headers', [`a=${'x'.repeat(4_094)}`, `b=${'x'.repeat(4_094)}`], none],
  dropped('a control character', 'a=\u0001'),
  dropped('a line break', 'a=1\r\nx: y'),
  dropped('a value that is not ASCII', 'name=Amélie'),
  dropped('half a pair of surrogates', 'a=\ud800'),
];

/** `undefined` leaves: a new id is made. */
export const requestIds: readonly HostileCase[] = [
  same('one character', 'x'),
  same('128 characters', 'a'.repeat(128)),
  same('every character that is allowed', visible),
  same('a UUID', '7f1c0c8e-5b1f-4b0d-9a3f-6f0b9c5f2e11'),
  same('markup', '<script>alert(1)</script>'),
  same('braces and quotes', `{"a":'b'}`),
  same('a name of the prototype', '__proto__'),
  ['a list of one', ['a'], 'a'],
  ['the first of several headers', ['a', 'b'], 'a'],
  ['nothing at all', none, none],
  dropped('nothing', ''),
  dropped('a space', ' '),
  dropped('a space before it', ' a'),
  dropped('a space behind it', 'a '),
  dropped('a space in it', 'a b'),
  dropped('several in one header', 'a, b'),
  dropped('a tab', 'a\tb'),
  dropped('129 characters', 'a'.repeat(129)),
  dropped('100,000 characters', 'a'.repeat(100_000)),
  dropped('a line break', 'a\nb'),
  dropped('a line break behind it', 'a\n'),
  dropped('a header of its own', 'a\r\nset-cookie: b'),
  dropped('a zero byte', 'a\0'),
  dropped('a delete character', 'a\u007f'),
  dropped('a letter that is not ASCII', 'ä'),
  dropped('half a pair of surrogates', '\ud800'),
  ['a bad first of several headers', ['a b', 'c'], none],
];
