import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const folder = fileURLToPath(new URL('..', import.meta.url));
const blocks = [...readFileSync(`${folder}/README.md`, 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(
  ([, code = '']) => code,
);

/** Standard output of a program that stands in the README. */
async function run(code: string): Promise<string> {
  const env = {
    ...process.env,
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    NODE_OPTIONS: '',
  };
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@ryzanstein/source', '--input-type=module-typescript', '--eval', code],
    { cwd: folder, env },
  );
  return stdout + stderr;
}

it('has programs that run', async () => {
  const [quickStart = '', start = '', plain = '', testing = ''] = blocks;
  expect(blocks).toHaveLength(4);
  const said = await Promise.all([quickStart, start, plain, testing].map(run));
  expect(said).toEqual([expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-03\n$/), '', '', 'step\n']);
});
