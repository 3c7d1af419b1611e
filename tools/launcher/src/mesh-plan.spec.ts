import { readConfig } from '@ryzanstein/runtime';
import { launcherConfig } from './config.ts';
import { meshAddresses, meshPlan } from './mesh-plan.ts';
import { friendly } from './process-plan.ts';

const running = {
  tracebox: { otlpGrpc: '127.0.0.1:1', otlpHttp: '127.0.0.1:2', ui: '0.0.0.0:3' },
  'gpu-coordinator': { grpc: '0.0.0.0:4' },
  'inference-engine': { grpc: '127.0.0.1:5' },
  'api-server': { grpc: '[::]:6', http: '127.0.0.1:7' },
};

function wiring(tracebox: boolean) {
  return meshPlan(readConfig(launcherConfig, {}), { tracebox }).map(({ name, listens, after, env }) => ({
    name,
    listens: listens.map(({ setBy, variable, address }) => `${setBy} → ${variable}=${address}`),
    after,
    env: env(running),
  }));
}

describe('the plan of the mesh', () => {
  it('wires the processes by the addresses that they report', () => {
    expect(wiring(true)).toMatchInlineSnapshot(`
     [
       {
         "after": [],
         "env": {},
         "listens": [
           "RYZ_TRACEBOX_GRPC_ADDRESS → RYZ_TRACEBOX_GRPC_ADDRESS=127.0.0.1:4317",
           "RYZ_TRACEBOX_HTTP_ADDRESS → RYZ_TRACEBOX_HTTP_ADDRESS=127.0.0.1:4318",
           "RYZ_TRACEBOX_UI_ADDRESS → RYZ_TRACEBOX_UI_ADDRESS=127.0.0.1:16686",
         ],
         "name": "tracebox",
       },
       {
         "after": [
           "tracebox",
         ],
         "env": {
           "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1",
           "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
         },
         "listens": [
           "RYZ_GPU_GRPC_ADDRESS → RYZ_GRPC_ADDRESS=127.0.0.1:50052",
         ],
         "name": "gpu-coordinator",
       },
       {
         "after": [
           "tracebox",
           "gpu-coordinator",
         ],
         "env": {
           "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1",
           "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
           "RYZ_COORDINATOR_ADDRESS": "127.0.0.1:4",
         },
         "listens": [
           "RYZ_INFERENCE_GRPC_ADDRESS → RYZ_GRPC_ADDRESS=127.0.0.1:50053",
         ],
         "name": "inference-engine",
       },
       {
         "after": [
           "tracebox",
           "gpu-coordinator",
         ],
         "env": {
           "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1",
           "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
           "RYZ_COORDINATOR_ADDRESS": "127.0.0.1:4",
           "RYZ_TRACE_URL": "http://127.0.0.1:3",
         },
         "listens": [
           "RYZ_API_GRPC_ADDRESS → RYZ_GRPC_ADDRESS=127.0.0.1:50051",
           "RYZ_API_HTTP_ADDRESS → RYZ_HTTP_ADDRESS=127.0.0.1:8080",
         ],
         "name": "api-server",
       },
     ]
    `);
  });

  it('leaves tracebox and where to export to the environment of its user', () => {
    const plan = wiring(false);
    expect(plan.map(({ name }) => name)).toEqual(['gpu-coordinator', 'inference-engine', 'api-server']);
    expect(plan.map(({ env }) => Object.keys(env))).toEqual([
      [],
      ['RYZ_COORDINATOR_ADDRESS'],
      ['RYZ_COORDINATOR_ADDRESS'],
    ]);
  });

  it('names each address as it can be reached from here', () => {
    expect(meshAddresses(running)).toEqual({
      api: { grpc: '[::1]:6', http: '127.0.0.1:7' },
      gpu: { grpc: '127.0.0.1:4' },
      inference: { grpc: '127.0.0.1:5' },
      tracebox: { otlpGrpc: '127.0.0.1:1', otlpHttp: '127.0.0.1:2', ui: '127.0.0.1:3' },
    });
    expect(() => meshAddresses({})).toThrow('api-server did not say where it listens for grpc.');
    expect(['0.0.0.0:1', '[::1]:2', '10.0.0.1:3'].map(friendly)).toEqual([
      'localhost:1',
      'localhost:2',
      '10.0.0.1:3',
    ]);
  });
});
