import { connect, createServer, type Server as NetServer, type Socket } from 'node:net';
import grpc from '@grpc/grpc-js';
import type { TracerProvider as ApiTracerProvider } from '@opentelemetry/api';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { SamplingDecision, TracerProvider, type Sampler } from '@opentelemetry/sdk-trace';
import { registerApi } from '../src/api-globals.ts';
import type { EndedCall } from '../src/grpc/call-observer.ts';
import { startSpanSource, type SpanSource } from '../src/grpc/span-source.ts';
import type { SpanSourceName } from '../src/grpc/span-source-name.ts';
import { defaultUntracedMethods } from '../src/grpc/untraced-methods.ts';
import { RequestSpanProcessor } from '../src/request-span-processor.ts';
import { recordSpans, type SpanRecorder } from '../src/testing.ts';
import { SpanMaker } from '../src/tracer.ts';
import { definition, idleHandlers, ShopCalls, until, type ShopHandlers } from './shop-calls.ts';

/** What a sampler is asked about a call. */
export interface Sampled {
  readonly name: string;
  readonly attributes: object;
}

export interface ContractShopOptions {
  readonly handlers?: Partial<ShopHandlers> | undefined;
  readonly oldNames?: boolean;
  readonly clientOptions?: grpc.ClientOptions | undefined;
  /** Default: everything. */
  readonly sampled?: boolean | undefined;
  readonly untracedMethods?: readonly string[];
}

class OnDemandReader extends MetricReader {
  protected override onForceFlush(): Promise<void> {
    return Promise.resolve();
  }

  protected override onShutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** A server and a client of grpc-js, with the spans of one source, and all that a contract is judged by. */
export class ContractShop extends ShopCalls {
  readonly recorder: SpanRecorder;
  /** What the observer was told. */
  readonly observed: EndedCall[] = [];
  /** What the sampler was asked, about calls. */
  readonly asked: Sampled[] = [];
  readonly server: grpc.Server;
  readonly source: SpanSource;
  readonly tracer: SpanMaker;
  client!: grpc.Client;
  port = 0;
  private readonly reader = new OnDemandReader();
  private readonly provider: TracerProvider;
  private readonly release: () => void;
  private readonly options: ContractShopOptions;
  private proxy: NetServer | undefined;
  private readonly sockets: Socket[] = [];

  constructor(source: SpanSourceName, options: ContractShopOptions = {}) {
    super();
    this.options = options;
    // Old names are refused by the check of the registry, and are what is asked for here.
    this.recorder = recordSpans({ checked: options.oldNames !== true });
    this.provider = new TracerProvider({
      meterProvider: new MeterProvider({ readers: [this.reader] }),
      sampler: this.sampler(),
      spanProcessors: [new RequestSpanProcessor(), this.recorder],
    });
    const provider = this.provider as unknown as ApiTracerProvider;
    this.release = registerApi(provider, { info() {}, warn() {}, error() {} });
    this.source = startSpanSource(source, provider, {
      untracedMethods: options.untracedMethods ?? defaultUntracedMethods,
      oldNames: options.oldNames ?? false,
      observer: (call) => this.observed.push({ ...call }),
    });
    this.tracer = new SpanMaker((scope) => provider.getTracer(scope), 'test');
    this.server = new grpc.Server({ interceptors: this.source.serverInterceptors });
  }

  async open(): Promise<this> {
    this.server.addService(definition, { ...idleHandlers, ...this.options.handlers });
    this.port = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      );
    });
    this.client = this.connect(this.port);
    // A first connection can take as long as the deadlines here.
    await new Promise<void>((resolve, reject) =>
      this.client.waitForReady(Date.now() + 5_000, (error) => (error ? reject(error) : resolve())),
    );
    return this;
  }

  /** Another client, which the caller closes. */
  connect(port: number, options: grpc.ClientOptions = {}): grpc.Client {
    return new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
      ...this.source.clientOptions,
      ...this.options.clientOptions,
      ...options,
    });
  }

  /** Resolves once a handler runs. */
  whenServed(): Promise<void> {
    return until(() => this.asked.length >= 2);
  }

  /** Resolves once so many spans of calls have ended. */
  whenEnded(count: number): Promise<void> {
    return until(() => this.recorder.spans.length >= count);
  }

  /** From now on the client reaches the server through a connection that `cut` breaks. */
  async throughProxy(): Promise<void> {
    const proxy = createServer((near) => {
      const far = connect(this.port, '127.0.0.1');
      this.sockets.push(near, far);
      for (const socket of [near, far]) socket.on('error', () => {});
      near.pipe(far);
      far.pipe(near);
    });
    this.proxy = proxy;
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    this.client.close();
    this.client = this.connect((proxy.address() as { port: number }).port);
  }

  cut(): void {
    this.proxy?.close();
    for (const socket of this.sockets) socket.destroy();
  }

  /** Spans that are recorded and not ended, as the SDK itself counts them. */
  async liveSpans(): Promise<number> {
    const { resourceMetrics } = await this.reader.collect();
    const live = resourceMetrics.scopeMetrics
      .flatMap(({ metrics }) => metrics)
      .find(({ descriptor }) => descriptor.name === 'otel.sdk.span.live');
    return (live?.dataPoints ?? []).reduce((sum, { value }) => sum + Number(value), 0);
  }

  async close(): Promise<void> {
    this.client.close();
    this.server.forceShutdown();
    this.cut();
    this.source.idle();
    await this.provider.shutdown();
    this.release();
  }

  private sampler(): Sampler {
    const decision =
      this.options.sampled === false ? SamplingDecision.NOT_RECORD : SamplingDecision.RECORD_AND_SAMPLED;
    return {
      shouldSample: (_context, _traceId, name, _kind, attributes) => {
        if (name.includes('/')) this.asked.push({ name, attributes: { ...attributes } });
        return { decision };
      },
      toString: () => 'Contract',
    };
  }
}
