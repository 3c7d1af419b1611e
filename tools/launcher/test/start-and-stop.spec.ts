import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { fakeRun, until } from './fake-run.ts';

const anyPort = '127.0.0.1:0';

function services(modes: Record<string, string>) {
  return Object.entries(modes).map(([name, mode]) => ({ name, mode, address: anyPort }));
}

const healthy = { store: 'serve', api: 'serve' };

let run: ReturnType<typeof fakeRun>;

afterEach(() => run.clean());

/** Presses Ctrl-C again and again until a process has heard of the wish to hurry. */
async function pressUntilForced(name: string): Promise<void> {
  const heard = (): number => run.journal().filter((line) => line === `${name} SIGTERM`).length;
  const pressing = setInterval(() => run.signal('SIGINT'), 100);
  await until(() => heard() === 2, 'second SIGTERM', run.output);
  clearInterval(pressing);
}

describe('a start', () => {
  it('goes in order, tells each the addresses of those before it, and stops in the opposite order', async () => {
    run = fakeRun({ services: services({ store: 'serve', coordinator: 'serve', api: 'serve' }), once: true });
    expect(await run.ended).toBe(0);
    const told = run.journal().filter((line) => /listens|stops/.test(line));
    expect(told.map((line) => line.replace(/:\d+$/, ''))).toEqual([
      'store listens beside nothing',
      'coordinator listens beside 127.0.0.1',
      'api listens beside 127.0.0.1',
      'api stops',
      'coordinator stops',
      'store stops',
    ]);
    expect(told[1]).not.toContain(':0');
    const shown = run
      .output()
      .replace(/\d+\.\d s/g, '0.0 s')
      .replace(/localhost:\d+/g, 'localhost:1');
    expect(shown).toMatchInlineSnapshot(`
     "  store               0.0 s  grpc localhost:1
       coordinator         0.0 s  grpc localhost:1
       api                 0.0 s  grpc localhost:1
       healthy             0.0 s
     demonstrated

       stopped             0.0 s
     "
    `);
    await run.allGone();
  });

  it('lets all send what they have recorded side by side, and stops last what takes it', async () => {
    run = fakeRun({
      services: services({ store: 'serve', coordinator: 'flushes', api: 'flushes' }),
      once: true,
    });
    expect(await run.ended).toBe(0);
    const told = run.journal().filter((line) => /stops|drained|exit/.test(line));
    expect(told.slice(0, 4)).toEqual([
      'api stops',
      'api drained',
      'coordinator stops',
      'coordinator drained',
    ]);
    expect(told.slice(4, 6).sort()).toEqual(['api exit 0', 'coordinator exit 0']);
    expect(told.slice(6)).toEqual(['store stops', 'store exit 0']);
    await run.allGone();
  });

  it('stays up until it is asked to stop', async () => {
    run = fakeRun({ services: services(healthy) });
    await run.until('invited');
    run.signal('SIGTERM');
    expect(await run.ended).toBe(0);
    await run.allGone();
  });

  it('shows warnings and keeps all output in files', async () => {
    run = fakeRun({ services: services({ store: 'noisy' }), once: true });
    expect(await run.ended).toBe(0);
    expect(run.output()).toContain('warn  store it is warm\n');
    expect(run.logOf('store')).toContain('"message":"it is warm"');
  });
});

describe('an address that is taken', () => {
  it('is named with its variable before anything starts', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    run = fakeRun({
      services: [
        { name: 'store', mode: 'serve', address: anyPort },
        { name: 'api', mode: 'serve', address: `127.0.0.1:${port}` },
      ],
    });
    expect(await run.ended).toBe(1);
    other.close();
    expect(run.output()).toBe(
      `Port ${port} (127.0.0.1:${port}, for api) is taken: stop what listens there, or set RYZ_API_ADDRESS to another address.\n`,
    );
    expect(run.journal()).toEqual([]);
  });

  it('is named with its variable when a process reports it', async () => {
    run = fakeRun({
      services: [
        { name: 'store', mode: 'serve', address: anyPort },
        { name: 'api', mode: 'taken', address: '127.0.0.1:50999' },
      ],
    });
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain('Port 50999 (127.0.0.1:50999, for api) is taken');
    expect(run.output()).toContain('set RYZ_API_ADDRESS to another address');
    await run.allGone();
  });
});

describe('a process that ends', () => {
  it('at start: its problems are shown and the rest is stopped', async () => {
    run = fakeRun({ services: services({ store: 'serve', api: 'misconfigured' }) });
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain(
      'api ended with exit code 1.\n  RYZ_SLOTS is wrong\n  RYZ_DRAIN_MS is wrong\n',
    );
    expect(run.journal()).toContain('store stops');
    await run.allGone();
  });

  it('by a crash at start: the signal is named', async () => {
    run = fakeRun({ services: services({ store: 'serve', api: 'abort' }) });
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain('api was ended by SIGABRT.');
    await run.allGone();
  });

  it('while another still starts: nobody waits for that one', async () => {
    run = fakeRun({ services: services({ store: 'serve', api: 'slow' }) });
    await until(() => run.pidOf('api') > 0, 'start of api', run.output);
    process.kill(run.pidOf('store'), 'SIGKILL');
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain('store was ended by SIGKILL.');
    await run.allGone();
  });

  it('later: it is named and the rest is stopped', async () => {
    run = fakeRun({ services: services(healthy) });
    await run.until('invited');
    process.kill(run.pidOf('api'), 'SIGKILL');
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain('api was ended by SIGKILL.');
    expect(run.journal()).toContain('store stops');
    await run.allGone();
  });

  it('never becomes ready: the start is given up', async () => {
    run = fakeRun({ services: services({ store: 'serve', api: 'slow' }), startTimeoutMs: 4_000 });
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain('api was not ready within 4 s; RYZ_START_TIMEOUT_MS gives it longer.');
    await run.allGone();
  });
});

describe('Ctrl-C', () => {
  it('reaches each process as one SIGTERM, though the terminal signals the group and npm passes it on', async () => {
    run = fakeRun({ services: services(healthy) });
    await run.until('invited');
    run.signalGroup('SIGINT');
    run.signal('SIGINT');
    expect(await run.ended).toBe(0);
    await run.allGone();
    for (const name of Object.keys(healthy)) {
      const heard = run.journal().filter((line) => line.startsWith(`${name} `) && /SIGTERM|exit/.test(line));
      expect(heard).toEqual([`${name} SIGTERM`, `${name} exit 0`]);
    }
  });

  it('during the start leaves nothing and says so by the exit code', async () => {
    run = fakeRun({ services: services({ store: 'serve', api: 'slow' }) });
    await until(() => run.pidOf('api') > 0, 'start of api', run.output);
    run.signalGroup('SIGINT');
    expect(await run.ended).toBe(130);
    await run.allGone();
  });

  it('pressed again later forces what hangs', async () => {
    run = fakeRun({ services: services({ store: 'serve', api: 'stubborn' }) });
    await run.until('invited');
    await pressUntilForced('api');
    expect(await run.ended).toBe(0);
    expect(run.journal()).toContain('api exit 0');
    await run.allGone();
  });

  it('pressed again kills what hears no signal', async () => {
    run = fakeRun({ services: services({ store: 'serve', api: 'deaf' }) });
    await run.until('invited');
    await pressUntilForced('api');
    expect(await run.ended).toBe(1);
    expect(run.output()).toContain('Killed: api');
    await run.allGone();
  });
});

describe('no orphan', () => {
  it('is left when the launcher is killed', async () => {
    run = fakeRun({ services: services(healthy) });
    await run.until('invited');
    process.kill(run.pid, 'SIGKILL');
    await run.allGone();
    expect(run.journal()).toEqual(expect.arrayContaining(['api exit 0', 'store exit 0']));
  });

  it('is left when the terminal goes away', async () => {
    run = fakeRun({ services: services(healthy) });
    await run.until('invited');
    run.signalGroup('SIGHUP');
    await run.allGone();
    expect(await run.ended).toBe(0);
  });
});
