import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { chatTrace } from '../test/mesh-traces.ts';
import { postJson, query, startOnFreePorts } from '../test/otlp-client.ts';

describe('tracebox', () => {
  it('says which address is taken, and leaves nothing open', async () => {
    const first = await startOnFreePorts();
    const { otlpGrpc, otlpHttp, ui } = first.addresses;
    const other = (name: string): string => `stop what listens there, or set ${name} to another address`;
    await expect(startOnFreePorts({ grpcAddress: otlpGrpc })).rejects.toThrow(
      `${otlpGrpc} is taken; ${other('RYZ_TRACEBOX_GRPC_ADDRESS')}`,
    );
    await expect(startOnFreePorts({ httpAddress: otlpHttp })).rejects.toThrow(
      `${otlpHttp} is taken; ${other('RYZ_TRACEBOX_HTTP_ADDRESS')}`,
    );
    await expect(startOnFreePorts({ uiAddress: ui })).rejects.toThrow(
      `${ui} is taken; ${other('RYZ_TRACEBOX_UI_ADDRESS')}`,
    );
    await first.stop();
    const second = await startOnFreePorts({ grpcAddress: otlpGrpc, httpAddress: otlpHttp, uiAddress: ui });
    await second.stop();
  });

  it('runs as a process: tells its addresses, serves, stops on SIGTERM', async () => {
    const child = fork(join(import.meta.dirname, 'main.ts'), {
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        RYZ_TRACEBOX_GRPC_ADDRESS: '127.0.0.1:0',
        RYZ_TRACEBOX_HTTP_ADDRESS: '127.0.0.1:0',
        RYZ_TRACEBOX_UI_ADDRESS: '127.0.0.1:0',
        RYZ_TRACEBOX_FILE: ':memory:',
      },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const [message] = (await once(child, 'message')) as [{ type: string; addresses: Record<string, string> }];
    expect(Object.keys(message.addresses)).toEqual(['otlpGrpc', 'otlpHttp', 'ui']);
    const { otlpGrpc = '', otlpHttp = '', ui = '' } = message.addresses;
    const box = { addresses: { otlpGrpc, otlpHttp, ui }, stop: () => Promise.resolve() };
    const made = chatTrace('process', Date.now());
    await postJson(box, 'traces', made.request);
    expect((await query(box, `/api/v3/traces/${made.traceId}`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('lists every problem of its environment', async () => {
    const child = fork(join(import.meta.dirname, 'main.ts'), {
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        RYZ_TRACEBOX_MAX_TRACES: '0',
        RYZ_TRACEBOX_UI_ADDRESS: 'here',
      },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const said: string[] = [];
    child.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
    expect(await once(child, 'exit')).toEqual([1, null]);
    expect(said.join('')).toMatch(/RYZ_TRACEBOX_UI_ADDRESS="here".*\n.*RYZ_TRACEBOX_MAX_TRACES="0"/);
  });
});
