import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RpcError } from '@ryzanstein/rpc';
import { apiKeyLine, ConfigError, newApiKey, silentLogger, type Logger } from '@ryzanstein/runtime';
import { FakeClock } from '@ryzanstein/testing';
import { openApiKeys, type CheckKey } from './api-keys.ts';

const folder = mkdtempSync(join(tmpdir(), 'ryz-keys-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, 'api-keys');
const [web, batch] = [newApiKey(), newApiKey()];
const [webLine, batchLine] = [apiKeyLine('web', web), apiKeyLine('batch', batch)];

function open(text: string) {
  writeFileSync(file, text);
  const said: string[] = [];
  const say = (_fields: unknown, message: string): number => said.push(message);
  const logger = { ...silentLogger, info: say, warn: say, error: say } as unknown as Logger;
  const keys = openApiKeys({ file, clock: new FakeClock(), logger });
  if (keys.check === undefined) throw new Error('no keys are asked for');
  return { ...keys, check: keys.check, said };
}

function refusal(check: CheckKey, ...authorization: readonly unknown[]): RpcError {
  try {
    check(authorization);
  } catch (error) {
    if (error instanceof RpcError) return error;
  }
  throw new Error('it was let in');
}

it('gives the name of the key that is shown', () => {
  const { check } = open(`${webLine}\n${batchLine}\n`);
  expect(check([`Bearer ${web}`])).toBe('web');
  expect(check([`bearer ${batch}`])).toBe('batch');
});

it('refuses everything else, without a hint of what would do', () => {
  const { check } = open(webLine);
  const said = 'An API key is asked for; send `authorization: Bearer <key>`.';
  expect(refusal(check)).toMatchObject({ code: 'UNAUTHENTICATED', message: said });
  expect(refusal(check, web).message).toBe(
    'The authorization cannot be read; send `authorization: Bearer <key>`, once.',
  );
  const wrong = [batch, web.slice(1), `${web}x`, web.toUpperCase(), 'web', webLine.split(' ')[1]];
  const answers = new Set(wrong.map((key) => refusal(check, `Bearer ${key}`).message));
  expect([...answers]).toEqual([
    'The API key is not valid here; ask whoever runs this server for one that is.',
  ]);
});

it('follows the file: new keys count, revoked ones do not, and their answer is that of any other', async () => {
  const { check, look, said } = open(webLine);
  const never = refusal(check, `Bearer ${batch}`);
  writeFileSync(file, batchLine);
  await look();
  expect(check([`Bearer ${batch}`])).toBe('batch');
  expect(refusal(check, `Bearer ${web}`).message).toBe(never.message);
  expect(said).toEqual(['the API keys have changed']);
  writeFileSync(file, '');
  await look();
  expect(refusal(check, `Bearer ${batch}`).message).toBe(never.message);
  expect(said.at(-1)).toBe('the file of API keys has none: all calls are refused');
});

it('keeps its keys while the file is broken, and says so once, without what stands there', async () => {
  const { check, look, said } = open(webLine);
  writeFileSync(file, `${webLine}\nbatch ${batch}\n`);
  for (let looks = 0; looks < 5; looks += 1) await look();
  expect(check([`Bearer ${web}`])).toBe('web');
  expect(said).toEqual([
    `the API keys stay as they were, because ${file}: line 2 is no key; a line is \`name sha256:<64 hex digits>\`, as \`ryz keys new <name>\` writes it`,
  ]);
});

it('does not begin with a broken file, and names the line', () => {
  let problems: readonly string[] = [];
  try {
    open(`# keys\n${web}\n`);
  } catch (error) {
    if (error instanceof ConfigError) ({ problems } = error);
  }
  expect(problems).toEqual([expect.stringMatching(/^RYZ_API_KEYS_FILE: .*api-keys: line 2 is no key; /)]);
  expect(problems.join()).not.toContain(web);
  expect(() =>
    openApiKeys({ file: join(folder, 'none'), clock: new FakeClock(), logger: silentLogger }),
  ).toThrow(/^RYZ_API_KEYS_FILE: .*none cannot be read \(ENOENT\)$/);
});

it('asks nobody without a file', () => {
  const keys = openApiKeys({ file: undefined, clock: new FakeClock(), logger: silentLogger });
  expect(keys.check).toBeUndefined();
});
