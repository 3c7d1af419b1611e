import * as grpc from '@grpc/grpc-js';
import { gpuCoordinator, inferenceEngine, reflectedPackage } from '@ryzanstein/contracts';
import { service as healthDefinition } from 'grpc-health-check';
import {
  coordinator,
  engine,
  recordingLogger,
  rejection,
  serve,
  until,
  type LogLine,
} from '../../test/served.ts';
import { createRpcClient, createRpcServer } from '../index.ts';
import type { AnyService } from '../service-shapes.ts';

type Health = Record<'Check', (request: object) => Promise<{ status: string }>> &
  Record<'Watch', (request: object) => AsyncIterableIterator<{ status: string }>> & { close(): void };

function healthClient(address: string): Health {
  return createRpcClient(healthDefinition as AnyService, address) as unknown as Health;
}

const name = 'ryzanstein.engine.v1.InferenceEngine';

describe('listening', () => {
  it('resolves to the address that was taken', async () => {
    const { address } = await serve(inferenceEngine, engine({}));
    expect(address).toMatch(/^127\.0\.0\.1:[1-9]\d*$/);
  });

  it('rejects an address that is taken, naming it, and writes nothing to the console', async () => {
    const { address } = await serve(inferenceEngine, engine({}));
    const log: LogLine[] = [];
    const second = createRpcServer({ logger: recordingLogger(log) });
    await expect(second.listen(address)).rejects.toThrow(`Cannot listen on ${address}: `);
    await second.close();
    expect(log.every((line) => line.fields['source'] === 'grpc-js')).toBe(true);
  });

  it('serves several services, and refuses one twice or without a handler', async () => {
    const { server, address } = await serve(
      inferenceEngine,
      engine({ GetLoad: async () => ({ active: 2 }) }),
    );
    server.add(gpuCoordinator, coordinator({ Release: async () => ({ released: true }) }));
    const client = createRpcClient(gpuCoordinator, address);
    expect(await client.Release({})).toMatchObject({ released: true });
    client.close();
    expect(() => server.add(gpuCoordinator, coordinator({}))).toThrow('already provided');
    const { Embed: _left, ...rest } = engine({});
    expect(() => server.add(inferenceEngine, rest as never)).toThrow(`${name}/Embed has no handler.`);
  });

  it('calls handlers on the object they came with', async () => {
    class Engine {
      readonly active = 5;
      async *Generate() {}
      Embed = async () => ({});
      EndLease = async () => ({});
      Tokenize = async () => ({});
      GetModelInfo = async () => ({});
      async GetLoad() {
        return { active: this.active };
      }
    }
    const { client } = await serve(inferenceEngine, new Engine());
    expect(await client.GetLoad({})).toMatchObject({ active: 5 });
  });
});

describe('health', () => {
  it('is SERVING for the server, and for a service once set', async () => {
    const { server, address } = await serve(inferenceEngine, engine({}));
    const health = healthClient(address);
    expect(await health.Check({ service: '' })).toEqual({ status: 'SERVING' });
    expect(await health.Check({ service: name })).toEqual({ status: 'NOT_SERVING' });
    server.setServing(name, true);
    expect(await health.Check({ service: name })).toEqual({ status: 'SERVING' });
    expect(await rejection(health.Check({ service: 'other' }))).toMatchObject({ code: 'NOT_FOUND' });
    health.close();
  });

  it('runs outside the hook and the count', async () => {
    const seen: string[] = [];
    const { server, address } = await serve(inferenceEngine, engine({}), {
      onCall(call, next) {
        seen.push(call.method);
        next();
      },
    });
    const health = healthClient(address);
    const watch = health.Watch({ service: '' });
    expect(await watch.next()).toMatchObject({ value: { status: 'SERVING' } });
    expect(server.inFlight).toBe(0);
    expect(seen).toEqual([]);
    health.close();
  });

  it('tells watchers of a drain, still answers during it, and is not what it waits for', async () => {
    let finish: (() => void) | undefined;
    const { server, address, client } = await serve(
      inferenceEngine,
      engine({
        async GetLoad() {
          await new Promise<void>((resolve) => (finish = resolve));
          return {};
        },
      }),
    );
    server.setServing(name, true);
    const health = healthClient(address);
    const watch = health.Watch({ service: name });
    expect(await watch.next()).toMatchObject({ value: { status: 'SERVING' } });
    const call = client.GetLoad({});
    await until(() => finish !== undefined);
    const drained = server.drain(60_000);
    server.setServing(name, true);
    expect(await watch.next()).toMatchObject({ value: { status: 'NOT_SERVING' } });
    expect(await health.Check({ service: '' })).toEqual({ status: 'NOT_SERVING' });
    finish?.();
    await call;
    expect(await drained).toBe('drained');
    health.close();
  });
});

describe('reflection', () => {
  it('lists the services that are served, and health, whatever else the package describes', async () => {
    const { address } = await serve(inferenceEngine, engine({}), { reflection: reflectedPackage });
    // { list_services = 7: "*" }, answered by { list_services_response = 6: { service = 1: { name = 1 } } }.
    const answer = await new Promise<string>((resolve, reject) => {
      const client = new grpc.Client(address, grpc.credentials.createInsecure());
      const pass = (bytes: Buffer): Buffer => bytes;
      const call = client.makeBidiStreamRequest(
        '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
        pass,
        pass,
      );
      call.on('data', (bytes: Buffer) => resolve(bytes.toString('latin1')));
      call.on('error', reject);
      call.on('end', () => client.close());
      call.write(Buffer.from([0x3a, 0x01, 0x2a]));
      call.end();
    });
    expect(answer).toContain(name);
    expect(answer).toContain('grpc.health.v1.Health');
    expect(answer).not.toContain('ryzanstein.api.v1.LlmService');
  });

  it('is absent where no package is given', async () => {
    const { address } = await serve(inferenceEngine, engine({}));
    const client = new grpc.Client(address, grpc.credentials.createInsecure());
    const pass = (bytes: Buffer): Buffer => bytes;
    const error = await new Promise<unknown>((resolve) => {
      client
        .makeBidiStreamRequest('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', pass, pass)
        .on('error', resolve)
        .resume();
    });
    client.close();
    expect(error).toMatchObject({ code: grpc.status.UNIMPLEMENTED });
  });
});
