import { connectLlm, sendChat } from '@ryzanstein/cli';
import { startMesh, type RunningMesh } from '../src/index.ts';

describe('a mesh started by a program', () => {
  const lines: string[] = [];
  let mesh: RunningMesh;

  beforeAll(async () => {
    mesh = await startMesh({
      tracebox: false,
      env: { RYZ_LOG_LEVEL: 'info' },
      logs: (name, line) => lines.push(`${name} ${line}`),
    });
  }, 60_000);

  afterAll(async () => {
    expect(await mesh.stop()).toEqual([]);
  }, 30_000);

  it('answers, on ports of its own', async () => {
    const client = connectLlm(mesh.addresses.api.grpc);
    const reply = await sendChat(client, { prompt: 'What is a span?', maxTokens: 8, timeoutMs: 30_000 });
    client.close();
    expect(reply.text).not.toBe('');
    expect(mesh.addresses.tracebox).toBeUndefined();
    expect([...mesh.processes.keys()]).toEqual(['gpu-coordinator', 'inference-engine', 'api-server']);
    expect(lines.some((line) => line.startsWith('api-server {'))).toBe(true);
  }, 60_000);

  it('has processes that can be killed and come back where they were', async () => {
    expect(await mesh.kill('gpu-coordinator')).toMatchObject({ code: null, signal: 'SIGKILL' });
    await mesh.restart('gpu-coordinator');
    expect(await mesh.processes.get('gpu-coordinator')?.ready).toEqual({ grpc: mesh.addresses.gpu.grpc });
  }, 60_000);
});
