import { apiKeyDigest, apiKeyLine, newApiKey, parseApiKeys, withoutApiKey } from './api-keys.ts';

const hex = 'a'.repeat(64);
const other = 'b'.repeat(64);

describe('parseApiKeys', () => {
  it('reads names and digests, past comments, empty lines and what editors leave', () => {
    const text = `\ufeff# clients\r\n\r\nweb sha256:${hex} # since May\r\n  batch-2.x\tSHA256:${other.toUpperCase()}\r\n`;
    expect(parseApiKeys(text).map(({ name, digest }) => [name, digest.toString('hex')])).toEqual([
      ['web', hex],
      ['batch-2.x', other],
    ]);
  });

  it.each(['', '# nothing\n', '\n\n'])('takes a file without keys: %j', (text) => {
    expect(parseApiKeys(text)).toEqual([]);
  });

  const noKey = 'is no key; a line is `name sha256:<64 hex digits>`, as `ryz keys new <name>` writes it';
  it.each([
    ['a key itself', `web ${newApiKey()}`, `line 2 ${noKey}`],
    ['a name alone', 'web', `line 2 ${noKey}`],
    ['a digest that is cut', `web sha256:${hex.slice(1)}`, `line 2 ${noKey}`],
    ['another hash', `web md5:${hex}`, `line 2 ${noKey}`],
    ['more than a key', `web sha256:${hex} and more`, `line 2 ${noKey}`],
    [
      'an odd name',
      `wéb sha256:${hex}`,
      'line 2 has a name that is not allowed; use 1 to 64 letters, digits, dots, hyphens and underscores',
    ],
    ['a name twice', `first sha256:${hex}`, 'line 2 and line 1 have the same name; give each key its own'],
    [
      'a key twice',
      `web sha256:${other}`,
      'line 2 and line 1 have the same key; make another with `ryz keys new <name>`',
    ],
  ])('refuses %s by its line, and does not repeat it', (_what, line, sentence) => {
    expect(() => parseApiKeys(`first sha256:${other}\n${line}\n`)).toThrow(new Error(sentence));
  });
});

it('makes keys of 256 random bits, and keeps a digest that finds them again', () => {
  const [one, two] = [newApiKey(), newApiKey()];
  expect(one).toMatch(/^ryz_[A-Za-z0-9_-]{43}$/);
  expect(one).not.toBe(two);
  const [read] = parseApiKeys(apiKeyLine('web', one));
  expect(read).toEqual({ name: 'web', digest: apiKeyDigest(one) });
  // Of the SHA-256 test vectors.
  expect(apiKeyDigest('abc').toString('hex')).toMatch(/^ba7816bf8f01cfea.*f20015ad$/);
});

it('takes one key out, and leaves the rest as it is', () => {
  const text = `# all\nweb sha256:${hex}\nweb-2 sha256:${other}\n`;
  expect(withoutApiKey(text, 'web')).toBe(`# all\nweb-2 sha256:${other}\n`);
  expect(withoutApiKey(text, 'nobody')).toBeUndefined();
});
