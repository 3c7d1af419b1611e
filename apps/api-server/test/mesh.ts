import { llmService } from '@ryzanstein/contracts';
import type { ChatChunk, ChatRequestInit } from '@ryzanstein/contracts/api';
import type { DeviceStateInit } from '@ryzanstein/contracts/gpu';
import { createRpcClient, RpcError, type CallOptions, type RpcClient } from '@ryzanstein/rpc';
import { silentLogger, systemClock, type Logger } from '@ryzanstein/runtime';
import { secret } from '@ryzanstein/testing';
import type { Telemetry } from '@ryzanstein/tracing';
import type { CheckKey } from '../src/api-keys.ts';
import { createApplication, type Application } from '../src/application.ts';
import type { FinishedRequest, ObserveRequest } from '../src/ports.ts';
import { createGrpcServer } from '../src/server.ts';
import { observeRequests } from '../src/telemetry.ts';
import { eventually } from './eventually.ts';
import { startCoordinator, type ScriptedCoordinator } from './scripted-coordinator.ts';
import { startEngine, type ScriptedEngine } from './scripted-engine.ts';

export interface MeshOptions {
  /** Models, one engine each; default: one engine with "tiny". */
  readonly models?: readonly string[];
  readonly maxConcurrent?: number;
  readonly defaultDeadlineMs?: number;
  readonly maxDeadlineMs?: number;
  readonly telemetry?: Pick<Telemetry, 'serverCallHook' | 'clientInterceptors' | 'metrics'>;
  readonly logger?: Logger;
  /** Asks for keys at every edge. */
  readonly checkKey?: CheckKey;
}

/** The api-server between doubles of its neighbours, all over real connections. */
export interface Mesh {
  readonly client: RpcClient<typeof llmService>;
  readonly address: string;
  readonly application: Application;
  readonly coordinator: ScriptedCoordinator;
  readonly engines: readonly ScriptedEngine[];
  /** The only engine, or the first. */
  readonly engine: ScriptedEngine;
  /** What was told of each request at its end. */
  readonly finished: FinishedRequest[];
  readonly ready: boolean;
  /** Starts a coordinator without a memory where the first one was. */
  replaceCoordinator(): Promise<ScriptedCoordinator>;
  drain(graceMs: number): Promise<'drained' | 'forced'>;
}

const running: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of running.splice(0).reverse()) await stop();
});

export function deviceOf(engine: ScriptedEngine, model: string, gpuId = 0): DeviceStateInit {
  return {
    gpuId,
    engineId: engine.engineId,
    engineAddress: engine.address,
    device: { deviceId: 'cpu-0', kind: 'cpu', name: 'CPU', model, contextLength: 512, slots: 4, capacity: 6 },
    live: true,
    leased: 0,
  };
}

export async function startMesh(options: MeshOptions = {}): Promise<Mesh> {
  const { models = ['tiny'], telemetry, logger = silentLogger } = options;
  const onCall = telemetry?.serverCallHook;
  let coordinator = await startCoordinator({ onCall });
  running.push(() => coordinator.kill());
  const engines: ScriptedEngine[] = [];
  for (const [index, model] of models.entries()) {
    const engine = await startEngine(`engine-${index + 1}`, onCall);
    engines.push(engine);
    running.push(() => engine.kill());
    coordinator.devices.push(deviceOf(engine, model, index));
  }

  const finished: FinishedRequest[] = [];
  const observeForReal = observeRequests(logger, telemetry?.metrics);
  const observe: ObserveRequest = () => {
    const observer = observeForReal();
    return {
      ...observer,
      finished(request) {
        finished.push(request);
        observer.finished(request);
      },
    };
  };
  const connection = telemetry === undefined ? {} : { interceptors: telemetry.clientInterceptors };
  const config = {
    coordinatorAddress: coordinator.address,
    maxConcurrent: options.maxConcurrent ?? 256,
    defaultDeadlineMs: options.defaultDeadlineMs ?? 10_000,
    maxDeadlineMs: options.maxDeadlineMs ?? 20_000,
    keepaliveMs: 10_000,
  };
  const application = createApplication({ config, clock: systemClock, logger, observe, connection });
  const server = createGrpcServer({
    config,
    logger,
    application,
    onCall,
    checkKey: options.checkKey,
  });
  const address = await server.listen('127.0.0.1:0');
  let ready = false;
  application.start((now) => {
    ready = now;
    server.setServing('ryzanstein.api.v1.LlmService', now);
  });
  const client = createRpcClient(llmService, address);
  running.push(async () => {
    client.close();
    await server.close();
    await application.stop();
  });
  if (models.length > 0) await eventually(() => expect(ready).toBe(true));

  return {
    client,
    address,
    application,
    get coordinator() {
      return coordinator;
    },
    engines,
    get engine() {
      const [first] = engines;
      if (first === undefined) throw new Error('this mesh has no engine');
      return first;
    },
    finished,
    get ready() {
      return ready;
    },
    async replaceCoordinator() {
      const { devices, address: same } = coordinator;
      await coordinator.kill();
      coordinator = await startCoordinator({ address: same, onCall });
      coordinator.devices = devices;
      return coordinator;
    },
    drain: (graceMs) => server.drain(graceMs),
  };
}

export const question: ChatRequestInit = {
  model: 'tiny',
  messages: [{ role: 'user', content: secret('What does the owl do?') }],
};

/** Everything that one streamed chat gave, its failure included. */
export interface Outcome {
  readonly chunks: ChatChunk[];
  readonly text: string;
  readonly error: RpcError | undefined;
  readonly headers: Record<string, unknown>;
  readonly trailers: Record<string, unknown>;
}

/** A streamed chat under way. */
export interface Chatting {
  /** Resolves with the first chunk, or with the end where there is none. */
  readonly begun: Promise<void>;
  readonly outcome: Promise<Outcome>;
}

export function beginChat(
  mesh: Pick<Mesh, 'client'>,
  request: ChatRequestInit = question,
  options?: CallOptions,
): Chatting {
  const begun = Promise.withResolvers<void>();
  const stream = mesh.client.ChatStream(request, options);
  async function read(): Promise<Outcome> {
    const chunks: ChatChunk[] = [];
    let error: RpcError | undefined;
    try {
      for await (const chunk of stream) {
        chunks.push(chunk);
        begun.resolve();
      }
    } catch (reason) {
      error = RpcError.from(reason);
    }
    begun.resolve();
    const headers = (await stream.headers).getMap();
    const trailers = (await stream.trailers).getMap();
    const text = chunks.map(({ delta }) => delta?.content).join('');
    return { chunks, text, error, headers, trailers };
  }
  return { begun: begun.promise, outcome: read() };
}

export function chat(
  mesh: Pick<Mesh, 'client'>,
  request: ChatRequestInit = question,
  options?: CallOptions,
): Promise<Outcome> {
  return beginChat(mesh, request, options).outcome;
}

/** The leases given back, as `id:outcome`; a grant that raced is `key:raced`. */
export function releases(mesh: Pick<Mesh, 'coordinator'>): string[] {
  return mesh.coordinator.released.map(({ leaseId, outcome }) => `${leaseId || 'key'}:${outcome}`);
}

/** Expects exactly these releases, and that no other follows while the next poll goes by. */
export async function expectReleases(mesh: Mesh, expected: readonly string[]): Promise<void> {
  await eventually(() => expect(releases(mesh)).toHaveLength(expected.length));
  expect(releases(mesh)).toEqual(expected);
  const { renewed } = mesh.coordinator;
  const lists = renewed.length;
  await eventually(() => expect(renewed.length).toBeGreaterThan(lists + 1));
  expect(releases(mesh)).toEqual(expected);
  expect(renewed.at(-1)).toEqual([]);
}
