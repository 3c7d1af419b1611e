import { ConfigError } from '../src/config.ts';
import { runProcess } from '../src/run-process.ts';

const [mode = 'serve', underLauncher] = process.argv.slice(2);

process.on('message', (message) => {
  if (message === 'ping') process.send?.({ type: 'pong' });
});

await runProcess({
  name: 'fixture',
  graceMs: 1_000,
  underLauncher: underLauncher === 'true',
  start() {
    if (mode === 'misconfigured') return Promise.reject(new ConfigError(['A is wrong', 'B is wrong']));
    if (mode === 'crash') setImmediate(() => void Promise.reject(new Error('nobody caught this')));
    return Promise.resolve({
      addresses: { grpc: '127.0.0.1:1' },
      async stop({ force }) {
        if (mode === 'crash')
          await new Promise<void>((resolve) => process.send?.({ type: 'stopped' }, () => resolve()));
        if (mode !== 'stubborn') return;
        process.send?.({ type: 'stopping' });
        await new Promise((resolve) => force.addEventListener('abort', resolve, { once: true }));
        process.stderr.write('forced\n');
      },
    });
  },
});
