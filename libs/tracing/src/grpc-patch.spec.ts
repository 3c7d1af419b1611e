import grpc, { type ServerDuplexStream, type ServerReadableStream, type ServerUnaryCall, type ServerWritableStream, type sendUnaryData } from '@grpc/grpc-js';
import { ProxyTracerProvider, trace } from '@opentelemetry/api';
import { NotPatchedError, patchGrpc } from './grpc-patch.ts';
import { startTelemetry, type Telemetry } from './telemetry.ts';
import { recordSpans, type RecordedSpan, type SpanRecorder } from './testing.ts';

interface Message {
  readonly n: number;
}

interface ShopHandlers {
  Ask(call: ServerUnaryCall<Message, Message>, answer: sendUnaryData<Message>): void;
  Down(call: ServerWritableStream<Message, Message>): void;
  Up(call: ServerReadableStream<Message, Message>, answer: sendUnaryData<Message>): void;
  Both(call: ServerDuplexStream<Message, Message>): void;
}

const json = {
  requestSerialize: (value: Message) => Buffer.from(JSON.stringify(value)),
  requestDeserialize: (bytes: Buffer) => JSON.parse(bytes.toString()) as Message,
  responseSerialize: (value: Message) => Buffer.from(JSON.stringify(value)),
  responseDeserialize: (bytes: Buffer) => JSON.parse(bytes.toString()) as Message,
};
const shop = {
  Ask: { path: '/shop.v1.Shop/Ask', requestStream: false, responseStream: false, ...json },
  Down: { path: '/shop.v1.Shop/Down', requestStream: false, responseStream: true, ...json },
  Up: { path: '/shop.v1.Shop/Up', requestStream: true, responseStream: false, ...json },
  Both: { path: '/shop.v1.Shop/Both', requestStream: true, responseStream: true, ...json },
};

let telemetry: Telemetry;
let recorder: SpanRecorder;
let server: grpc.Server;
let client: grpc.Client;
let port: number;

beforeEach(() => {
  recorder = recordSpans();
  telemetry = startTelemetry({
    serviceName: 'shop',
    env: { OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
    spanProcessors: [recorder],
  });
});

afterEach(async () => {
  client?.close();
  server?.forceShutdown();
  await telemetry.shutdown();
});

async function open(handlers: Partial<ShopHandlers>): Promise<void> {
  server = new grpc.Server();
  const all: ShopHandlers = {
    Ask: (_call, answer) => answer(null, { n: 1 }),
    Down: (call) => call.end(),
    Up: (_call, answer) => answer(null, { n: 1 }),
    Both: (call) => call.end(),
    ...handlers,
  };
  server.addService(shop, { ...all });
  port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
}

/** The status that the caller saw. */
function ask(options: grpc.CallOptions = {}): Promise<string> {
  return new Promise((resolve) => {
    const { requestSerialize, responseDeserialize } = json;
    client.makeUnaryRequest(shop.Ask.path, requestSerialize, responseDeserialize, { n: 0 }, new grpc.Metadata(), options, (error) =>
      resolve(grpc.status[error?.code ?? 0] ?? ''),
    );
  });
}

function down(options: grpc.CallOptions = {}): grpc.ClientReadableStream<Message> {
  const stream = client.makeServerStreamRequest(shop.Down.path, json.requestSerialize, json.responseDeserialize, { n: 0 }, options);
  stream.on('error', () => {});
  return stream;
}

function up(done: (status: string) => void): grpc.ClientWritableStream<Message> {
  return client.makeClientStreamRequest(shop.Up.path, json.requestSerialize, json.responseDeserialize, (error) =>
    done(grpc.status[error?.code ?? 0] ?? ''),
  );
}

function both(): grpc.ClientDuplexStream<Message, Message> {
  const stream = client.makeBidiStreamRequest(shop.Both.path, json.requestSerialize, json.responseDeserialize);
  stream.on('error', () => {});
  return stream;
}

/** `KIND name CODE status`, one line per span. */
async function ends(count = 2): Promise<string[]> {
  return (await recorder.whenIdle(count)).map(
    ({ kind, name, status, attributes }) => `${kind} ${name} ${String(attributes['rpc.response.status_code'])} ${status}`,
  );
}

function end(method: string, client: string, server?: string): string[] {
  const lines = [`CLIENT shop.v1.Shop/${method} ${client}`];
  return server === undefined ? lines : [...lines, `SERVER shop.v1.Shop/${method} ${server}`];
}

/** Writes messages until the call is over, as a handler that does not look does. */
function pour(call: ServerWritableStream<Message, Message>): void {
  const timer = setInterval(() => call.write({ n: 1 }), 2);
  call.on('close', () => clearInterval(timer));
  call.on('cancelled', () => clearInterval(timer));
}

describe('spans of handlers and clients that know nothing of tracing', () => {
  it('have final names and attributes, and no old ones', async () => {
    await open({});
    await ask();
    const spans = await recorder.whenIdle(2);
    const expected = {
      'rpc.system.name': 'grpc',
      'rpc.method': 'shop.v1.Shop/Ask',
      'rpc.response.status_code': 'OK',
      'server.address': '127.0.0.1',
      'server.port': port,
      'request.id': expect.stringMatching(/^[0-9a-f]{32}$/),
    };
    expect(spans.map(({ attributes }) => attributes)).toEqual([expected, expected]);
    expect(spans[1]?.parentSpanId).toBe(spans[0]?.spanId);
  });

  it.each<[string, Partial<ShopHandlers>, string, string]>([
    ['answers', {}, 'OK UNSET', 'OK UNSET'],
    ['answers an error', { Ask: (_call, answer) => answer({ code: grpc.status.NOT_FOUND, details: 'no' }) }, 'NOT_FOUND ERROR', 'NOT_FOUND UNSET'],
    ['answers an Error without a code', { Ask: (_call, answer) => answer(new Error('no')) }, 'UNKNOWN ERROR', 'UNKNOWN ERROR'],
    ['throws', { Ask: () => { throw new Error('no'); } }, 'UNKNOWN ERROR', 'UNKNOWN ERROR'],
    ['answers twice', { Ask: (_call, answer) => { answer(null, { n: 1 }); answer(null, { n: 2 }); } }, 'OK UNSET', 'OK UNSET'],
  ])('end once where a unary handler %s', async (_title, handlers, clientEnd, serverEnd) => {
    await open(handlers);
    expect(await ask({ deadline: Date.now() + 3_000 })).toBe(clientEnd.split(' ')[0]);
    expect(await ends()).toEqual(end('Ask', clientEnd, serverEnd));
  });

  it.each<[string, ShopHandlers['Ask']]>([
    ['never answers', () => {}],
    ['answers too late', (call, answer) => call.on('cancelled', () => setTimeout(() => answer(null, { n: 1 }), 20))],
  ])('end where a unary handler %s', async (_title, Ask) => {
    await open({ Ask });
    expect(await ask({ deadline: Date.now() + 250 })).toBe('DEADLINE_EXCEEDED');
    expect(await ends()).toEqual(end('Ask', 'DEADLINE_EXCEEDED ERROR', 'DEADLINE_EXCEEDED ERROR'));

    recorder.clear();
    const { requestSerialize, responseDeserialize } = json;
    const call = client.makeUnaryRequest(shop.Ask.path, requestSerialize, responseDeserialize, { n: 0 }, () => {});
    call.on('metadata', () => {});
    await whenOpen(2);
    call.cancel();
    expect(await ends()).toEqual(end('Ask', 'CANCELLED ERROR', 'CANCELLED UNSET'));
  });

  it('keep the trailers of an answer', async () => {
    await open({
      Ask(_call, answer) {
        const trailers = new grpc.Metadata();
        trailers.set('cost', '7');
        answer(null, { n: 1 }, trailers);
      },
    });
    const trailers = await new Promise<grpc.Metadata>((resolve) => {
      const call = client.makeUnaryRequest(shop.Ask.path, json.requestSerialize, json.responseDeserialize, { n: 0 }, () => {});
      call.on('status', ({ metadata }) => resolve(metadata));
    });
    expect(trailers.get('cost')).toEqual(['7']);
  });

  it.each<[string, ShopHandlers['Down']]>([
    ['returns', pour],
    ['ends the call', (call) => { pour(call); call.on('cancelled', () => call.end()); }],
    ['destroys the call', (call) => { pour(call); call.on('cancelled', () => call.destroy()); }],
    ['destroys the call with an error', (call) => { pour(call); call.on('error', () => {}); call.on('cancelled', () => call.destroy(new Error('gone'))); }],
  ])('end where a stream is cancelled or expires and its handler %s', async (_title, Down) => {
    await open({ Down });
    const cancelled = down();
    await new Promise((resolve) => cancelled.once('data', resolve));
    cancelled.cancel();
    expect(await ends()).toEqual(end('Down', 'CANCELLED ERROR', 'CANCELLED UNSET'));

    recorder.clear();
    const expired = down({ deadline: Date.now() + 250 });
    expired.resume();
    expect(await ends()).toEqual(end('Down', 'DEADLINE_EXCEEDED ERROR', 'DEADLINE_EXCEEDED ERROR'));
  });

  it.each<[string, Partial<ShopHandlers>, string, string]>([
    ['ends', { Down: (call) => { call.write({ n: 1 }); call.end(); } }, 'OK UNSET', 'OK UNSET'],
    ['fails', { Down: (call) => { call.write({ n: 1 }); call.emit('error', { code: grpc.status.INTERNAL, details: 'no' }); } }, 'INTERNAL ERROR', 'INTERNAL ERROR'],
    ['throws', { Down: () => { throw new Error('no'); } }, 'UNKNOWN ERROR', 'UNKNOWN ERROR'],
  ])('end once where a streaming handler %s', async (_title, handlers, clientEnd, serverEnd) => {
    await open(handlers);
    down().resume();
    expect(await ends()).toEqual(end('Down', clientEnd, serverEnd));
  });

  it('end where the reader leaves its loop or destroys the stream', async () => {
    await open({ Down: pour });
    const left = down();
    for await (const _message of left) break;
    const [leftEnd] = await clientEnds(1);
    expect(leftEnd).toBe('CANCELLED ERROR');
    left.cancel();
    await recorder.whenIdle(2);

    recorder.clear();
    const destroyed = down();
    await new Promise((resolve) => destroyed.once('data', resolve));
    destroyed.destroy();
    expect(await clientEnds(1)).toEqual(['CANCELLED ERROR']);
    destroyed.cancel();
    await recorder.whenIdle(2);
  });

  it('end where requests are streamed', async () => {
    await open({
      Up(call, answer) {
        let n = 0;
        call.on('data', () => (n += 1));
        call.on('end', () => answer(null, { n }));
        call.on('error', () => {});
      },
      Both(call) {
        call.on('data', (message) => call.write(message));
        call.on('end', () => call.end());
        call.on('error', () => {});
      },
    });
    const sent = Promise.withResolvers<string>();
    const sending = up(sent.resolve);
    sending.write({ n: 1 });
    sending.end();
    expect(await sent.promise).toBe('OK');
    expect(await ends()).toEqual(end('Up', 'OK UNSET', 'OK UNSET'));

    recorder.clear();
    const talking = both();
    talking.resume();
    talking.write({ n: 1 });
    talking.end();
    expect(await ends()).toEqual(end('Both', 'OK UNSET', 'OK UNSET'));

    recorder.clear();
    const gone = Promise.withResolvers<string>();
    const leaving = up(gone.resolve);
    leaving.write({ n: 1 });
    await whenOpen(2);
    leaving.cancel();
    expect(await gone.promise).toBe('CANCELLED');
    expect(await ends()).toEqual(end('Up', 'CANCELLED ERROR', 'CANCELLED UNSET'));

    recorder.clear();
    const silent = both();
    silent.resume();
    silent.write({ n: 1 });
    await new Promise((resolve) => silent.once('data', resolve));
    silent.cancel();
    expect(await ends()).toEqual(end('Both', 'CANCELLED ERROR', 'CANCELLED UNSET'));
  });

  it('are no error where the server has the last word', async () => {
    await open({
      Both(call) {
        call.on('error', () => {});
        call.on('data', (message) => {
          call.write(message);
          call.end();
        });
      },
      Up(call, answer) {
        call.on('error', () => {});
        call.once('data', () => answer(null, { n: 1 }));
      },
    });
    const talking = both();
    talking.resume();
    talking.write({ n: 1 });
    expect(await ends()).toEqual(end('Both', 'OK UNSET', 'OK UNSET'));

    recorder.clear();
    const sent = Promise.withResolvers<string>();
    const sending = up(sent.resolve);
    sending.write({ n: 1 });
    expect(await sent.promise).toBe('OK');
    expect(await ends()).toEqual(end('Up', 'OK UNSET', 'OK UNSET'));
  });

  it('end where the call cannot be started, sent or delivered', async () => {
    await open({});
    const start = client.makeUnaryRequest as unknown as (...args: unknown[]) => unknown;
    expect(() => start.call(client, shop.Ask.path, json.requestSerialize, json.responseDeserialize, { n: 0 }, 'no')).toThrow();
    expect(await ends(1)).toEqual(end('Ask', 'INTERNAL ERROR'));

    recorder.clear();
    const failed = Promise.withResolvers<void>();
    const unserialisable = () => { throw new Error('no'); };
    client.makeUnaryRequest(shop.Ask.path, unserialisable, json.responseDeserialize, { n: 0 }, () => failed.resolve());
    await failed.promise;
    expect((await ends(1))[0]).toBe('CLIENT shop.v1.Shop/Ask INTERNAL ERROR');

    recorder.clear();
    server.forceShutdown();
    expect(await ask({ deadline: Date.now() + 2_000 })).toBe('UNAVAILABLE');
    expect(await ends(1)).toEqual(end('Ask', 'UNAVAILABLE ERROR'));
  });

  it('are made once, with their address, by generated clients', async () => {
    await open({});
    const Generated = grpc.makeGenericClientConstructor(shop, 'Shop');
    const generated = new Generated(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const metadata = new grpc.Metadata();
    await new Promise<void>((resolve) => {
      (generated['Ask'] as (...args: unknown[]) => unknown)({ n: 0 }, metadata, () => resolve());
    });
    generated.close();
    expect(await ends()).toEqual(end('Ask', 'OK UNSET', 'OK UNSET'));
    expect(recorder.spans[0]?.attributes['server.port']).toBe(port);
    // Another call with the same metadata must not continue this one.
    expect(metadata.toJSON()).toEqual({});
  });

  it('are parents of what the handler starts, also from its event listeners', async () => {
    await open({
      Up(call, answer) {
        call.resume();
        call.on('end', () => {
          telemetry.tracer.startSpan('counted', () => {});
          answer(null, { n: 1 });
        });
      },
    });
    const sent = Promise.withResolvers<string>();
    up(sent.resolve).end();
    await sent.promise;
    const spans = await recorder.whenIdle(3);
    const counted = named(spans, 'counted');
    expect(counted?.parentSpanId).toBe(spans.find(({ kind }) => kind === 'SERVER')?.spanId);
  });
});

function named(spans: readonly RecordedSpan[], name: string): RecordedSpan | undefined {
  return spans.find((span) => span.name === name);
}

async function clientEnds(count: number): Promise<string[]> {
  const giveUpAtMs = performance.now() + 5_000;
  for (;;) {
    const found = recorder.spans.filter(({ kind }) => kind === 'CLIENT');
    if (found.length >= count) return found.map(({ attributes, status }) => `${String(attributes['rpc.response.status_code'])} ${status}`);
    if (performance.now() > giveUpAtMs) throw new Error('no client span ended');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function whenOpen(count: number): Promise<void> {
  const giveUpAtMs = performance.now() + 5_000;
  while (recorder.open.length < count) {
    if (performance.now() > giveUpAtMs) throw new Error(`only ${recorder.open.length} spans are open`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

describe('patchGrpc', () => {
  it('refuses a grpc-js that does not take the patch', () => {
    const stubborn = { ...grpc, Server: class extends grpc.Server {} };
    Object.defineProperty(stubborn.Server.prototype, 'register', { value: () => true, configurable: false, writable: false });
    expect(() => patchGrpc(new ProxyTracerProvider(), stubborn)).toThrow(NotPatchedError);
  });

  it('makes nothing of calls after the shutdown, and spans again after the next start', async () => {
    await open({});
    await telemetry.shutdown();
    expect(await ask()).toBe('OK');
    expect(recorder.spans).toEqual([]);
    expect(trace.getActiveSpan()).toBeUndefined();
    telemetry = startTelemetry({
      serviceName: 'again',
      env: { OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
      spanProcessors: [recorder],
    });
    expect(await ask()).toBe('OK');
    expect((await recorder.whenIdle(2)).map(({ service }) => service)).toEqual(['again', 'again']);
  });
});
