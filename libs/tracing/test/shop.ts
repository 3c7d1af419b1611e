import grpc from '@grpc/grpc-js';
import { startTelemetry, type Telemetry } from '../src/telemetry.ts';
import { recordSpans, type SpanRecorder } from '../src/testing.ts';
import { definition, idleHandlers, ShopCalls, until, type ShopHandlers } from './shop-calls.ts';

/** A server and a client of it, traced by one telemetry that records and sends nothing. */
export class Shop extends ShopCalls {
  readonly recorder: SpanRecorder = recordSpans();
  telemetry: Telemetry = this.startTelemetry('shop');
  readonly server: grpc.Server = new grpc.Server();
  client!: grpc.Client;
  port = 0;

  startTelemetry(serviceName: string): Telemetry {
    const env = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
    this.telemetry = startTelemetry({ serviceName, env, spanProcessors: [this.recorder] });
    return this.telemetry;
  }

  async open(handlers: Partial<ShopHandlers>): Promise<void> {
    this.server.addService(definition, { ...idleHandlers, ...handlers });
    this.port = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    this.client = new grpc.Client(`127.0.0.1:${this.port}`, grpc.credentials.createInsecure());
  }

  async close(): Promise<void> {
    this.client.close();
    this.server.forceShutdown();
    await this.telemetry.shutdown();
  }

  /** `KIND name CODE status`, one line per span, once so many have ended and none is open. */
  async ends(count = 2): Promise<string[]> {
    return (await this.recorder.whenIdle(count)).map(
      ({ kind, name, status, attributes }) =>
        `${kind} ${name} ${String(attributes['rpc.response.status_code'])} ${status}`,
    );
  }

  /** `CODE status` of the client's spans, once one has ended. */
  async clientEnds(): Promise<string[]> {
    const ended = () => this.recorder.spans.filter(({ kind }) => kind === 'CLIENT');
    await until(() => ended().length > 0);
    return ended().map(
      ({ attributes, status }) => `${String(attributes['rpc.response.status_code'])} ${status}`,
    );
  }

  whenOpen(count: number): Promise<void> {
    return until(() => this.recorder.open.length >= count);
  }
}

/** The lines of `ends` of one call. */
export function end(method: keyof ShopHandlers, client: string, server?: string): string[] {
  const lines = [`CLIENT shop.v1.Shop/${method} ${client}`];
  return server === undefined ? lines : [...lines, `SERVER shop.v1.Shop/${method} ${server}`];
}
