import { gpuCoordinator } from '@ryzanstein/contracts';
import type {
  AcquireRequestInit,
  DeviceCommand,
  DeviceInit,
  DeviceReportInit,
  LeaseEvent,
} from '@ryzanstein/contracts/gpu';
import type { ResponseStream, RpcClient, RpcError } from '@ryzanstein/rpc';
import { createRpcClient } from '@ryzanstein/rpc';
import type { Logger } from '@ryzanstein/runtime';
import type { MetricTap, SpanRecorder } from '@ryzanstein/testing';
import { FakeClock, startTestTelemetry } from '@ryzanstein/testing';
import { LeaseControl } from '../lease-control.ts';
import { observeLeases } from '../metrics.ts';
import { coordinatorName, createGrpcServer } from '../server.ts';
import { createLeaseTelemetry, withAbandonedAcquires } from '../telemetry.ts';

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

/** An engine as the coordinator sees it: one stream. */
export interface TestEngine {
  readonly orders: DeviceCommand[];
  send(over?: DeviceReportInit): Promise<void>;
  /** Sends a report and resolves when the coordinator has taken it. */
  report(over?: Omit<DeviceReportInit, 'devices'>): Promise<void>;
  /** Breaks the connection off. */
  cut(): void;
  /** Resolves when the stream has ended, with its error if there was one. */
  readonly ended: Promise<RpcError | undefined>;
}

export interface TestCoordinator {
  readonly client: RpcClient<typeof gpuCoordinator>;
  readonly control: LeaseControl;
  readonly clock: FakeClock;
  readonly recorder: SpanRecorder;
  readonly tap: MetricTap;
  readonly logs: LogLine[];
  /** Starts an engine with one device and resolves when the coordinator knows it. */
  engine(engineId: string, device?: Partial<DeviceInit>, report?: DeviceReportInit): Promise<TestEngine>;
  /** What an Acquire asks for, to be overridden where a test cares. */
  wish(key: string, over?: AcquireRequestInit): AcquireRequestInit;
  /** Collects what a watcher is told, until it ends. */
  watch(): { readonly events: LeaseEvent[]; readonly stream: ResponseStream<LeaseEvent> };
  stop(): Promise<void>;
}

/** Polls until it holds true; throws after 5 s. */
export async function until(condition: () => boolean): Promise<void> {
  const giveUpAtMs = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > giveUpAtMs) throw new Error(`not within 5 s: ${String(condition)}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** A whole coordinator on a free port, with a client of it; time stands still unless advanced. */
export async function startTestCoordinator(
  options: { maxWaiting?: number; grantDelayMs?: number; instanceId?: string } = {},
): Promise<TestCoordinator> {
  const { telemetry, recorder, tap } = startTestTelemetry({ serviceName: 'ryzanstein-gpu' });
  const clock = new FakeClock();
  const logs: LogLine[] = [];
  const at = (level: string) => (fields: object, message: string) =>
    void logs.push({ level, message, fields: { ...telemetry.logFields(), ...fields } });
  const logger: Logger = {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => logger,
  };
  const control = new LeaseControl({
    instanceId: 'c1',
    maxWaiting: 1_000,
    ...options,
    ttlMs: 10_000,
    staleMs: 3_000,
    clock,
    logger,
    telemetry: createLeaseTelemetry(telemetry.tracer, telemetry.metrics),
  });
  observeLeases(telemetry.metrics, control);
  const server = createGrpcServer({
    control,
    leaseTtlMs: 10_000,
    logger,
    onCall: withAbandonedAcquires(telemetry.serverCallHook),
  });
  const address = await server.listen('127.0.0.1:0');
  server.setServing(coordinatorName, true);
  const client = createRpcClient(gpuCoordinator, address, { interceptors: telemetry.clientInterceptors });

  return {
    client,
    control,
    clock,
    recorder,
    tap,
    logs,
    wish: (key, over = {}) => ({ clientId: 'client', idempotencyKey: key, holderId: 'holder', ...over }),
    async engine(engineId, device = {}, first = {}) {
      const engine = startEngine(client, control, engineId, device);
      await engine.send(first);
      await until(() => engine.orders.length > 0);
      return engine;
    },
    watch() {
      const stream = client.WatchLeases({});
      const events: LeaseEvent[] = [];
      void collect(stream, events);
      return { events, stream };
    },
    async stop() {
      control.close();
      client.close();
      await server.close();
      await telemetry.shutdown();
    },
  };
}

function startEngine(
  client: RpcClient<typeof gpuCoordinator>,
  control: LeaseControl,
  engineId: string,
  device: Partial<DeviceInit>,
): TestEngine {
  const stream = client.ReportDevices();
  const orders: DeviceCommand[] = [];
  const whole = { deviceId: 'd0', kind: 'cpu', name: 'CPU', model: 'm', slots: 1, capacity: 1, ...device };
  let reports = 0;
  const send = (over: DeviceReportInit = {}) =>
    stream.send({ engineId, engineAddress: `${engineId}:1`, devices: [whole], ...over });
  return {
    orders,
    send,
    async report(over = {}) {
      // A report is not answered unless it changes something; its number comes back in the device.
      const contextLength = (reports += 1);
      await send({ ...over, devices: [{ ...whole, contextLength }] });
      await until(() =>
        control
          .devices()
          .some(
            ({ device: { engine, reported } }) =>
              engine.engineId === engineId && reported.contextLength === contextLength,
          ),
      );
    },
    cut: () => stream.cancel(),
    ended: collect(stream, orders),
  };
}

async function collect<Value>(stream: AsyncIterable<Value>, into: Value[]): Promise<RpcError | undefined> {
  try {
    for await (const value of stream) into.push(value);
    return undefined;
  } catch (error) {
    return error as RpcError;
  }
}
