import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { gpuCoordinator } from '@ryzanstein/contracts';
import type { RpcError } from '@ryzanstein/rpc';
import { createRpcClient } from '@ryzanstein/rpc';

const main = fileURLToPath(new URL('main.ts', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(env: Record<string, string>): { child: ChildProcess; ended: Promise<Ended> } {
  const child = fork(main, {
    execArgv: ['--conditions=@ryzanstein/source'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      RYZ_GRPC_ADDRESS: '127.0.0.1:0',
      OTEL_SDK_DISABLED: 'true',
      ...env,
    },
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr?.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
  return { child, ended };
}

function ready(child: ChildProcess, ended: Promise<Ended>): Promise<string> {
  return new Promise((resolve, reject) => {
    child.on('message', (message: { type: string; addresses?: { grpc?: string } }) => {
      if (message.type === 'ready') resolve(message.addresses?.grpc ?? '');
    });
    void ended.then(({ stderr }) => reject(new Error(`it ended: ${stderr}`)));
  });
}

describe('the gpu-coordinator process', () => {
  it('lets a lease run out, and sends waiters away when it is asked to stop', async () => {
    const { child, ended } = start({ RYZ_LEASE_TTL_MS: '1000', RYZ_DEVICE_STALE_MS: '60000' });
    const client = createRpcClient(gpuCoordinator, await ready(child, ended));
    try {
      const engine = client.ReportDevices();
      const devices = [{ deviceId: 'd0', kind: 'cpu', name: 'CPU', model: 'm', slots: 1, capacity: 1 }];
      await engine.send({ engineId: 'e1', engineAddress: 'e1:1', devices });
      for await (const { gpuIds } of engine) {
        expect(gpuIds).toEqual({ d0: 0 });
        const wish = (idempotencyKey: string) => ({ clientId: 'c', holderId: 'h', idempotencyKey });
        await client.Acquire(wish('k1'));
        expect(await client.Acquire({ ...wish('k2'), ttlMs: 60_000 })).toMatchObject({
          reason: 'after_expiry',
        });
        const third = client.Acquire(wish('k3')).catch((error: RpcError) => error);
        while ((await client.ListDevices({})).waiting === 0) continue;
        child.kill('SIGTERM');
        expect(await third).toMatchObject({ code: 'UNAVAILABLE', retryAfterMs: 1_000 });
        break;
      }
    } finally {
      client.close();
      child.kill('SIGTERM');
    }
    const { code, stdout, stderr } = await ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { message: string }).message);
    expect(lines).toEqual([
      'gpu-coordinator listens',
      'engine joined',
      'lease granted',
      'lease revoked',
      'lease granted',
      'gpu-coordinator drains',
      'engine gone',
      'gpu-coordinator stopped',
    ]);
  });

  it('refuses to start with all problems in sentences, without a stack trace', async () => {
    const { code, stderr } = await start({ RYZ_LEASE_TTL_MS: '5', RYZ_MAX_WAITING: 'many' }).ended;

    expect(code).toBe(1);
    expect(stderr).toMatch(/RYZ_LEASE_TTL_MS="5" is not allowed.*\n.*RYZ_MAX_WAITING="many" is not allowed/);
    expect(stderr).not.toMatch(/\n\s+at /);
  });
});
