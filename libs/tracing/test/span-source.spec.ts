import grpc from '@grpc/grpc-js';
import type { SpanSourceName } from '../src/grpc/span-source-name.ts';
import { startTelemetry } from '../src/telemetry.ts';
import { recordSpans } from '../src/testing.ts';
import { untraced } from '../src/trace-context.ts';
import { ContractShop, type ContractShopOptions } from './contract-shop.ts';
import { definition, json, until } from './shop-calls.ts';
import { only } from './span-source-contract.ts';

let shop: ContractShop | undefined;
let started: (name: string) => void = () => {};
afterEach(async () => {
  await shop?.close();
  shop = undefined;
});

async function open(source: SpanSourceName, options: ContractShopOptions = {}): Promise<ContractShop> {
  shop = await new ContractShop(source, {
    handlers: {
      Ask: (call, answer) => {
        started(call.metadata.get('x-request-id').join());
        answer(null, { n: 1 });
      },
    },
    ...options,
  }).open();
  const { tracer } = shop;
  started = (name) => tracer.startSpan(name, {}, () => {});
  return shop;
}

const askWith = ({ client }: ContractShop, metadata: grpc.Metadata): Promise<void> =>
  new Promise((resolve) => {
    const { requestSerialize, responseDeserialize } = json;
    const { path } = definition.Ask;
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, { n: 0 }, metadata, () => resolve());
  });

/** The observer has been told of one call, on both sides. */
async function heardOf(running: ContractShop): Promise<string[]> {
  await until(() => running.observed.length >= 2);
  return running.observed.map(({ side, code }) => `${side} ${grpc.status[code]}`).sort();
}

const bothOk = ['client OK', 'server OK'];

// The order matters: what was patched stays so in this process.
describe.each<SpanSourceName>(['interceptors', 'instrumentation'])('the spans of %s', (source) => {
  it('are not made of calls that are not sampled, which the observer hears of', async () => {
    const running = await open(source, { sampled: false });
    await running.tracer.startSpan('caller', {}, () => running.ask());
    expect(await heardOf(running)).toEqual(bothOk);
    expect(running.recorder.spans).toEqual([]);
    expect(running.asked.map(({ name }) => name)).toEqual(['shop.v1.Shop/Ask', 'shop.v1.Shop/Ask']);
  });

  it('are not made below untraced work, which the observer hears of', async () => {
    const running = await open(source);
    await running.tracer.startSpan('caller', {}, () => untraced(() => running.ask()));
    expect(await heardOf(running)).toEqual(bothOk);
    const spans = await running.recorder.whenIdle(1);
    // The sampler, not this library, decides about what is not sampled; here it keeps everything.
    expect(spans.filter(({ kind }) => kind === 'CLIENT')).toEqual([]);
  });

  it('are not made of untraced methods, which pass the trace on and nobody observes', async () => {
    const running = await open(source, { untracedMethods: ['shop.v1.Shop/Ask'] });
    await running.tracer.startSpan('caller', {}, () => running.ask());
    const spans = await running.recorder.whenIdle(2);
    const caller = only(spans, ({ name }) => name === 'caller');
    const within = only(spans, ({ name }) => name !== 'caller');
    expect(within).toMatchObject({ parentSpanId: caller.spanId, name: caller.attributes['request.id'] });
    expect(running.observed).toEqual([]);
  });

  it("leave the caller's metadata as they are, for other calls", async () => {
    const running = await open(source);
    const metadata = new grpc.Metadata();
    metadata.set('x-request-id', 'given');
    await askWith(running, metadata);
    await askWith(running, metadata);
    expect(metadata.toJSON()).toEqual({ 'x-request-id': ['given'] });
    const spans = await running.recorder.whenIdle(6);
    expect(spans.map(({ attributes }) => attributes['request.id'])).toEqual(Array(6).fill('given'));
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(2);
  });

  it('have the old names, too, on request, and one full rpc.method', async () => {
    const running = await open(source, { oldNames: true });
    await running.ask();
    const spans = (await running.recorder.whenIdle(3)).filter(({ kind }) => kind !== 'INTERNAL');
    const expected = {
      'rpc.system.name': 'grpc',
      'rpc.system': 'grpc',
      'rpc.service': 'shop.v1.Shop',
      'rpc.method': 'shop.v1.Shop/Ask',
      'rpc.response.status_code': 'OK',
      'rpc.grpc.status_code': 0,
      'server.address': '127.0.0.1',
      'server.port': running.port,
      'request.id': expect.any(String),
    };
    expect(spans.map(({ attributes }) => attributes)).toEqual([expected, expected]);
  });

  it('are not made once the source is idle', async () => {
    const running = await open(source);
    running.source.idle();
    expect(await running.ask()).toBe('OK');
    expect(running.asked).toEqual([]);
    expect(running.observed).toEqual([]);
  });

  it('keep calls that run at the same time apart', async () => {
    const running = await open(source);
    await Promise.all(
      ['a', 'b', 'c'].map((id) => {
        const metadata = new grpc.Metadata();
        metadata.set('x-request-id', id);
        return running.tracer.startSpan(`caller ${id}`, {}, () => askWith(running, metadata));
      }),
    );
    const spans = await running.recorder.whenIdle(12);
    for (const id of ['a', 'b', 'c']) {
      const [client, server, within] = ['CLIENT', 'SERVER', 'INTERNAL'].map((kind) =>
        only(
          spans,
          (span) =>
            span.kind === kind && span.attributes['request.id'] === id && !span.name.startsWith('caller'),
        ),
      );
      expect(client?.parentSpanId).toBe(only(spans, ({ name }) => name === `caller ${id}`).spanId);
      expect(server?.parentSpanId).toBe(client?.spanId);
      expect(within?.parentSpanId).toBe(server?.spanId);
    }
  });

  // The one difference: grpc-js looks at arguments before it asks interceptors.
  it(`${source === 'interceptors' ? 'are none' : 'are one'} where a client refuses its arguments`, async () => {
    const running = await open(source);
    const start = running.client.makeUnaryRequest as unknown as (...args: unknown[]) => unknown;
    const { path } = definition.Ask;
    const { requestSerialize, responseDeserialize } = json;
    expect(() =>
      start.call(running.client, path, requestSerialize, responseDeserialize, { n: 0 }, 'no'),
    ).toThrow('Incorrect arguments passed');
    expect(running.recorder.open).toEqual([]);
    expect(running.recorder.spans.map(({ status, statusMessage }) => [status, statusMessage])).toEqual(
      source === 'interceptors' ? [] : [['ERROR', 'The call could not be started']],
    );
  });
});

it('RYZ_GRPC_SPANS chooses what makes the spans', async () => {
  for (const [value, source] of [
    ['interceptors', 1],
    ['instrumentation', 0],
  ] as const) {
    const env = {
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
      RYZ_GRPC_SPANS: value,
    };
    const telemetry = startTelemetry({ serviceName: 'test', env, spanProcessors: [recordSpans()] });
    expect(telemetry.serverInterceptors).toHaveLength(source);
    expect(telemetry.clientInterceptors).toHaveLength(1);
    await telemetry.shutdown();
  }
});
