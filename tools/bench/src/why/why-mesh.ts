import { gpuCoordinator, inferenceEngine, llmService } from '@ryzanstein/contracts';
import type { ChatRequestInit } from '@ryzanstein/contracts/api';
import { startMesh, type RunningMesh } from '@ryzanstein/launcher';
import { createRpcClient, type CallOptions } from '@ryzanstein/rpc';
import { startTcpProxy, type TcpProxy } from '@ryzanstein/testing';
import { buildTrace, explain, isWhole, readOtlpTraces, type Trace } from '@ryzanstein/trace-analysis';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

/** How a case sends its request: with this metadata, whatever comes of it. */
export type Send = (metadata: Readonly<Record<string, string>>) => Promise<unknown>;

/** A mesh in which requests are made slow on purpose. */
export interface WhyMesh {
  readonly mesh: RunningMesh;
  readonly client: ReturnType<typeof connect>;
  readonly apiToCoordinator: TcpProxy;
  /** The way to the first engine. */
  readonly apiToEngine: TcpProxy;
  /** A chat that is read to its end. */
  chat(request: ChatRequestInit, options?: CallOptions): Promise<void>;
  /** Slots that are leased, and requests that wait for one. */
  taken(): Promise<{ readonly leased: number; readonly waiting: number }>;
  /** Takes a lease of one slot that nobody uses, in this request's name. Returns what gives it back. */
  hold(requestId: string): Promise<() => Promise<void>>;
  /** Sequences that each engine runs. */
  active(): Promise<readonly number[]>;
  /** Polls until an engine runs one sequence; gives its name. */
  running(): Promise<'inference-engine' | 'inference-engine-2'>;
  /** Sends, and gives the whole trace. */
  traced(send: Send): Promise<Trace>;
  /** Sends these one after the other, so many times, and gives their traces. */
  repeated(requests: readonly Send[], times: number): Promise<readonly Trace[]>;
  stop(): Promise<void>;
}

const engineNames = ['inference-engine', 'inference-engine-2'] as const;
const tinyName = 'ryzanstein-tiny';
// What a killed process did not save never arrives.
const settledAfterMs = 3_000;

function connect(address: string) {
  return createRpcClient(llmService, address);
}

/** Polls until it holds. */
export async function until(holds: () => Promise<boolean>, withinMs = 10_000): Promise<void> {
  const endAt = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > endAt) throw new Error(`not within ${withinMs} ms: ${holds.toString()}`);
    await pause(10);
  }
}

/** Starts one whose engines have one slot each, with a network that can be slowed between its processes. */
export async function startWhyMesh(
  env: Readonly<Record<string, string>> = {},
  engines = 1,
): Promise<WhyMesh> {
  const [apiToCoordinator, apiToEngine] = await Promise.all([startTcpProxy(), startTcpProxy()]);
  const listening = new Map<string, string>();
  const mesh = await startMesh({
    engines,
    env: { RYZ_THREADS: '1', RYZ_SLOTS: '1', ...env },
    envOf: {
      'api-server': { RYZ_COORDINATOR_ADDRESS: apiToCoordinator.address },
      'inference-engine': { RYZ_ADVERTISED_ADDRESS: apiToEngine.address },
    },
    logs(name, line) {
      const address = /"grpc":"([^"]+)"/.exec(line)?.[1];
      if (address === undefined || !line.includes(' listens')) return;
      listening.set(name, address);
      if (name === 'inference-engine') apiToEngine.connectTo(address);
      if (name === 'gpu-coordinator') apiToCoordinator.connectTo(address);
    },
  });
  const client = connect(mesh.addresses.api.grpc);
  const coordinator = createRpcClient(gpuCoordinator, mesh.addresses.gpu.grpc);
  let held = 0;

  const active = async (): Promise<number[]> => {
    const clients = engineNames
      .slice(0, engines)
      .map((name) => createRpcClient(inferenceEngine, listening.get(name) ?? ''));
    try {
      return await Promise.all(
        clients.map(async (engine) => (await engine.GetLoad({}, { timeoutMs: 2_000 })).active),
      );
    } finally {
      for (const engine of clients) engine.close();
    }
  };
  const stored = async (traceId: string): Promise<Trace> => {
    const url = `http://${mesh.addresses.tracebox?.ui ?? ''}/api/v3/traces/${traceId}`;
    const read = async (): Promise<Trace | undefined> => {
      const response = await fetch(url);
      return response.ok ? buildTrace(readOtlpTraces(await response.json())) : undefined;
    };
    let trace: Trace | undefined;
    await until(async () => (trace = await read()) !== undefined && isWhole(trace));
    const settledAt = performance.now() + settledAfterMs;
    while (trace !== undefined && explain(trace).missing.length > 0 && performance.now() < settledAt) {
      await pause(50);
      trace = await read();
    }
    if (trace === undefined) throw new Error(`${url} has no trace`);
    return trace;
  };
  const sendTraced = async (send: Send): Promise<string> => {
    const traceId = randomBytes(16).toString('hex');
    const traceparent = `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
    await send({ traceparent }).catch(() => undefined);
    return traceId;
  };
  return {
    mesh,
    client,
    apiToCoordinator,
    apiToEngine,
    async chat(request, options) {
      for await (const _ of client.ChatStream(request, options));
    },
    async taken() {
      const { devices, waiting } = await coordinator.ListDevices({});
      return { leased: devices.reduce((sum, { leased }) => sum + leased, 0), waiting };
    },
    async hold(requestId) {
      held += 1;
      const holderId = 'the bench';
      const asked = { holderId, clientId: holderId, model: tinyName, slots: 1, ttlMs: 60_000 };
      const { leaseId } = await coordinator.Acquire(
        { ...asked, idempotencyKey: `the bench/${held}` },
        { metadata: { 'x-request-id': requestId } },
      );
      return async () => void (await coordinator.Release({ leaseId, holderId, outcome: 'done' }));
    },
    active,
    async running() {
      let at = -1;
      await until(async () => (at = (await active()).indexOf(1)) >= 0);
      return engineNames[at] ?? 'inference-engine';
    },
    traced: async (send) => stored(await sendTraced(send)),
    async repeated(requests, times) {
      const sent: string[] = [];
      for (let round = 0; round < times; round++)
        for (const send of requests) sent.push(await sendTraced(send));
      return Promise.all(sent.map(stored));
    },
    async stop() {
      client.close();
      coordinator.close();
      await mesh.stop();
      await Promise.all([apiToCoordinator.stop(), apiToEngine.stop()]);
    },
  };
}
