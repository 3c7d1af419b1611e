import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { llmService } from '@ryzanstein/contracts';
import { createRpcClient } from '@ryzanstein/rpc';
import { eventually } from '../test/eventually.ts';
import { chat, deviceOf } from '../test/mesh.ts';
import { startCoordinator } from '../test/scripted-coordinator.ts';
import { startEngine } from '../test/scripted-engine.ts';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const quiet = {
  OTEL_TRACES_EXPORTER: 'none',
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'none',
  NODE_OPTIONS: '',
};

interface Ready {
  readonly type: string;
  readonly addresses: { readonly grpc: string };
}

function start(env: Record<string, string>) {
  const child = fork(main, [], {
    env: { ...process.env, ...quiet, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: ['--conditions=@ryzanstein/source'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout?.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  return { child, output, closed: once(child, 'close') };
}

async function readiness(child: ChildProcess): Promise<Ready> {
  const [message] = (await once(child, 'message')) as [Ready];
  return message;
}

// A process takes its time to start on a machine that is busy with other tests.
const patienceMs = 60_000;

describe('the process', () => {
  it(
    'serves, tells its address, logs each request, and stops when it is asked to',
    async () => {
      const coordinator = await startCoordinator();
      const engine = await startEngine('engine-1');
      coordinator.devices.push(deviceOf(engine, 'tiny'));
      const { child, output, closed } = start({
        RYZ_GRPC_ADDRESS: '127.0.0.1:0',
        RYZ_HTTP_ADDRESS: '127.0.0.1:0',
        RYZ_COORDINATOR_ADDRESS: coordinator.address,
      });
      const { type, addresses } = await readiness(child);
      expect(type).toBe('ready');
      const client = createRpcClient(llmService, addresses.grpc);
      expect((await chat({ client })).text).toBe('The owl sleeps');
      await eventually(() => expect(output.stdout).toContain('"message":"chat finished"'));
      child.kill('SIGTERM');
      expect(await closed).toEqual([0, null]);
      expect(output.stderr).toBe('');
      client.close();
      await Promise.all([coordinator.kill(), engine.kill()]);
    },
    patienceMs,
  );

  it(
    'does not start with an environment that makes no sense, and says why',
    async () => {
      const { output, closed } = start({ RYZ_GRPC_ADDRESS: 'here', RYZ_MAX_CONCURRENT: 'many' });
      expect(await closed).toEqual([1, null]);
      expect(output.stderr).toContain('RYZ_GRPC_ADDRESS="here" is not allowed');
      expect(output.stderr).toContain('RYZ_MAX_CONCURRENT="many" is not allowed');
      expect(output.stderr).not.toContain('    at ');
    },
    patienceMs,
  );
});
