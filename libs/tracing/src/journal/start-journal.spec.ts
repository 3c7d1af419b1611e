import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const program = `
  const { startJournal } = await import(${JSON.stringify(new URL('./start-journal.ts', import.meta.url).href)});
  const { resourceFromAttributes } = await import('@opentelemetry/resources');
  const said = [];
  const say = (fields, message) => said.push(message);
  const report = { info: say, warn: say, error: say };
  const journal = startJournal(process.env.FOLDER, 'shop', resourceFromAttributes({}), 8, report);
  console.log(JSON.stringify({ started: journal !== undefined, said }));
`;

/** In a process of its own: what never comes back can be ended from here. */
function startIn(folder: string): unknown {
  const { stdout, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    env: { ...process.env, FOLDER: folder, NODE_OPTIONS: '' },
    encoding: 'utf8',
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  return signal === null ? JSON.parse(stdout) : `ended by ${signal}`;
}

const refusal = (folder: string, reason: string): string =>
  `RYZ_SPAN_JOURNAL is "${folder}", which cannot be written to (${reason}); spans that are not sent yet are lost if this process is killed`;

describe('a journal', () => {
  let scratch: string;
  beforeEach(() => (scratch = mkdtempSync(join(tmpdir(), 'ryz-journal-'))));
  afterEach(() => rmSync(scratch, { recursive: true, force: true }));

  it('makes the folders that it needs', () => {
    const folder = join(scratch, 'a/b/c');
    expect(startIn(folder)).toEqual({ started: true, said: [] });
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^shop~\d+~\d+\.spans$/)]);
  });

  it('goes without where a file is in the way of its folder, and says so once', () => {
    const file = join(scratch, 'file');
    writeFileSync(file, '');
    const folder = join(file, 'spans');
    expect(startIn(folder)).toEqual({
      started: false,
      said: [refusal(folder, `EEXIST: file already exists, mkdir '${file}'`)],
    });
  });

  it('goes without where the file system takes no folders, and says so once', () => {
    const [folder, level] = ['/proc/ryz/spans', existsSync('/proc') ? '/proc/ryz' : '/proc'];
    expect(startIn(folder)).toEqual({
      started: false,
      said: [
        expect.stringMatching(
          new RegExp(
            `^RYZ_SPAN_JOURNAL is "${folder}", which cannot be written to \\(\\w+: .*, mkdir '${level}'\\); `,
          ),
        ),
      ],
    });
  });
});
