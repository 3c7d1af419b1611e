import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isAlive, until } from './fake-run.ts';

const program = fileURLToPath(new URL('fixtures/fake-start.ts', import.meta.url));

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ryz-npm-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('under npm', () => {
  it('all ends when the shell between npm and the launcher dies of a signal', async () => {
    const services = [{ name: 'store', mode: 'serve', address: '127.0.0.1:0' }];
    const command = `"${process.execPath}" "${program}" '${JSON.stringify({ folder, services })}'; true`;
    const shell = spawn('sh', ['-c', command], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, NODE_OPTIONS: '', npm_lifecycle_event: 'start' },
    });
    let output = '';
    shell.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    const closed = new Promise((resolve) => shell.once('close', resolve));
    await until(
      () => output.includes('invited'),
      'start',
      () => output,
    );
    shell.kill('SIGTERM');
    await closed;
    const [pid] = /\d+/.exec(readFileSync(join(folder, 'journal'), 'utf8')) ?? [];
    expect(isAlive(Number(pid))).toBe(false);
    expect(output).toContain('stopped');
  });
});
