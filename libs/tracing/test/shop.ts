import grpc, {
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { startTelemetry, type Telemetry } from '../src/telemetry.ts';
import { recordSpans, type SpanRecorder } from '../src/testing.ts';

export interface Message {
  readonly n: number;
}

/** Handlers as grpc-js takes them, which know nothing of tracing. */
export interface ShopHandlers {
  Ask(call: ServerUnaryCall<Message, Message>, answer: sendUnaryData<Message>): void;
  Down(call: ServerWritableStream<Message, Message>): void;
  Up(call: ServerReadableStream<Message, Message>, answer: sendUnaryData<Message>): void;
  Both(call: ServerDuplexStream<Message, Message>): void;
}

export const json = {
  requestSerialize: (value: Message) => Buffer.from(JSON.stringify(value)),
  requestDeserialize: (bytes: Buffer) => JSON.parse(bytes.toString()) as Message,
  responseSerialize: (value: Message) => Buffer.from(JSON.stringify(value)),
  responseDeserialize: (bytes: Buffer) => JSON.parse(bytes.toString()) as Message,
};

/** A service of every call shape. */
export const definition = {
  Ask: { path: '/shop.v1.Shop/Ask', requestStream: false, responseStream: false, ...json },
  Down: { path: '/shop.v1.Shop/Down', requestStream: false, responseStream: true, ...json },
  Up: { path: '/shop.v1.Shop/Up', requestStream: true, responseStream: false, ...json },
  Both: { path: '/shop.v1.Shop/Both', requestStream: true, responseStream: true, ...json },
};

/** A server and a client of it, traced by one telemetry that records and sends nothing. */
export class Shop {
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
    const all: ShopHandlers = {
      Ask: (_call, answer) => answer(null, { n: 1 }),
      Down: (call) => call.end(),
      Up: (_call, answer) => answer(null, { n: 1 }),
      Both: (call) => call.end(),
      ...handlers,
    };
    this.server.addService(definition, { ...all });
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

  /** The status that the caller sees. */
  ask(options: grpc.CallOptions = {}): Promise<string> {
    const { requestSerialize, responseDeserialize } = json;
    const { path } = definition.Ask;
    return new Promise((resolve) => {
      const answered = (error: grpc.ServiceError | null) => resolve(grpc.status[error?.code ?? 0] ?? '');
      const metadata = new grpc.Metadata();
      this.client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        { n: 0 },
        metadata,
        options,
        answered,
      );
    });
  }

  /** A call that can be cancelled. */
  asking(): grpc.ClientUnaryCall {
    const { requestSerialize, responseDeserialize } = json;
    return this.client.makeUnaryRequest(
      definition.Ask.path,
      requestSerialize,
      responseDeserialize,
      { n: 0 },
      () => {},
    );
  }

  down(options: grpc.CallOptions = {}): grpc.ClientReadableStream<Message> {
    const { requestSerialize, responseDeserialize } = json;
    const { path } = definition.Down;
    const stream = this.client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      { n: 0 },
      options,
    );
    stream.on('error', () => {});
    return stream;
  }

  up(done: (status: string) => void): grpc.ClientWritableStream<Message> {
    const { requestSerialize, responseDeserialize } = json;
    const { path } = definition.Up;
    return this.client.makeClientStreamRequest(path, requestSerialize, responseDeserialize, (error) =>
      done(grpc.status[error?.code ?? 0] ?? ''),
    );
  }

  both(): grpc.ClientDuplexStream<Message, Message> {
    const { requestSerialize, responseDeserialize } = json;
    const stream = this.client.makeBidiStreamRequest(
      definition.Both.path,
      requestSerialize,
      responseDeserialize,
    );
    stream.on('error', () => {});
    return stream;
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

/** Writes messages until the call is over, as a handler that does not look does. */
export function pour(call: ServerWritableStream<Message, Message>): void {
  const timer = setInterval(() => call.write({ n: 1 }), 2);
  call.on('close', () => clearInterval(timer));
  call.on('cancelled', () => clearInterval(timer));
}

async function until(done: () => boolean): Promise<void> {
  const giveUpAtMs = performance.now() + 5_000;
  while (!done()) {
    if (performance.now() > giveUpAtMs) throw new Error('it did not come to pass');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
