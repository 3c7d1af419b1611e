import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const fixture = fileURLToPath(new URL('../test/fixture-process.ts', import.meta.url));

interface Finished {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

function start(mode: string, underLauncher = false) {
  const child = fork(fixture, [mode, String(underLauncher)], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const finished = once(child, 'close').then(([code, signal]): Finished => ({
    code: code as number | null,
    signal: signal as string | null,
    stderr,
  }));
  return { child, finished };
}

async function said(child: ChildProcess, type: string): Promise<unknown> {
  for (;;) {
    const [message] = (await once(child, 'message')) as [{ type: string }];
    if (message.type === type) return message;
  }
}

describe('runProcess', () => {
  it('reports its addresses and stops with code 0 on SIGTERM', async () => {
    const { child, finished } = start('serve');
    expect(await said(child, 'ready')).toEqual({
      type: 'ready',
      name: 'fixture',
      addresses: { grpc: '127.0.0.1:1' },
    });
    child.kill('SIGTERM');
    expect(await finished).toEqual({ code: 0, signal: null, stderr: '' });
  });

  it('stops when the channel to its parent closes', async () => {
    const { child } = start('serve');
    await said(child, 'ready');
    // Node emits no 'close' for a child whose channel was closed from this side.
    const exited = once(child, 'exit');
    child.disconnect();
    expect(await exited).toEqual([0, null]);
    child.stderr?.destroy();
  });

  it('leaves SIGINT to the launcher that it runs under', async () => {
    const { child, finished } = start('serve', true);
    await said(child, 'ready');
    child.kill('SIGINT');
    child.send('ping');
    await said(child, 'pong');
    child.kill('SIGTERM');
    expect((await finished).code).toBe(0);
  });

  it('counts signals within half a second as one, and is forced by a later one', async () => {
    const { child, finished } = start('stubborn');
    await said(child, 'ready');
    child.kill('SIGINT');
    child.kill('SIGTERM');
    await said(child, 'stopping');
    child.send('ping');
    await said(child, 'pong');
    const again = setInterval(() => child.kill('SIGTERM'), 200);
    const end = await finished;
    clearInterval(again);
    expect(end).toEqual({ code: 0, signal: null, stderr: 'forced\n' });
  });

  it('says every configuration problem, without a stack, and exits with 1', async () => {
    const { child, finished } = start('misconfigured');
    expect(await said(child, 'failed')).toEqual({
      type: 'failed',
      name: 'fixture',
      problems: ['A is wrong', 'B is wrong'],
    });
    expect(await finished).toEqual({
      code: 1,
      signal: null,
      stderr: 'fixture cannot go on:\n  - A is wrong\n  - B is wrong\n',
    });
  });

  it('stops orderly and exits with 1 after a failure nobody caught', async () => {
    const { child, finished } = start('crash');
    await said(child, 'stopped');
    expect(await finished).toEqual({ code: 1, signal: null, stderr: '' });
  });
});
