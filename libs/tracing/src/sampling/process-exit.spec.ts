import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';

const sampling = (file: string) => pathToFileURL(new URL(file, import.meta.url).pathname).href;

it('keeps no process alive: neither the file that is followed nor the endpoint that hangs', async () => {
  let asked = 0;
  let tell = (): void => {};
  const server = createServer(() => {
    asked += 1;
    tell();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  // Both go on for an hour unless nothing else keeps the process; it has nothing else once it is told to end.
  const program = `
    import { pollStrategies } from '${sampling('./endpoint-strategies.ts')}';
    import { followStrategiesFile } from '${sampling('./file-strategies.ts')}';
    const logger = { info() {}, warn() {}, error() {} };
    const service = 'svc';
    const { decision } = followStrategiesFile({ service, file: 'none.json', optional: true, logger });
    pollStrategies({ service, endpoint: '${endpoint}', pollingIntervalMs: 3_600_000, timeoutMs: 3_600_000, untilAnswered: decision, logger });
    process.stdin.once('end', () => {}).resume();
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const exited = once(child, 'exit');
  if (asked === 0) await new Promise<void>((resolve) => (tell = resolve));
  child.stdin?.end();
  expect(await exited).toEqual([0, null]);
  expect(asked).toBe(1);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
