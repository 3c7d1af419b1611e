import grpc from '@grpc/grpc-js';
import { ProxyTracerProvider, trace } from '@opentelemetry/api';
import { GrpcInstrumentation } from '@opentelemetry/instrumentation-grpc';
import { NotPatchedError, patchGrpc } from '../src/grpc/grpc-patch.ts';
import { startTelemetry } from '../src/telemetry.ts';
import { Shop } from './shop.ts';

describe('patchGrpc', () => {
  it('refuses a grpc-js that does not take the patch', () => {
    const stubborn = { ...grpc, Server: class extends grpc.Server {} };
    Object.defineProperty(stubborn.Server.prototype, 'register', {
      value: () => true,
      configurable: false,
      writable: false,
    });
    expect(() => patchGrpc(new ProxyTracerProvider(), stubborn)).toThrow(NotPatchedError);
  });

  it('refuses a grpc-js that is frozen, and says so', () => {
    const frozen = Object.freeze({ ...grpc });
    expect(() => patchGrpc(new ProxyTracerProvider(), frozen)).toThrow(
      'grpc-js cannot be patched (Cannot redefine property: makeGenericClientConstructor; ' +
        'RYZ_GRPC_SPANS=interceptors needs no patch), so its calls would not be traced',
    );
    expect(() => patchGrpc(new ProxyTracerProvider(), frozen)).toThrow(NotPatchedError);
  });

  it('refuses an instrumentation of another version, and says what it lacks', () => {
    const parts = GrpcInstrumentation.prototype as unknown as Record<string, unknown>;
    const { _patchServer } = parts;
    delete parts['_patchServer'];
    try {
      expect(() => patchGrpc(new ProxyTracerProvider(), { ...grpc })).toThrow(
        new NotPatchedError(
          'instrumentation-grpc has no _patchServer: it is not the version that this library guards',
        ),
      );
    } finally {
      parts['_patchServer'] = _patchServer;
    }
  });

  it('makes nothing of calls after the shutdown, and spans again after the next start', async () => {
    const shop = new Shop();
    await shop.open({});
    await shop.telemetry.shutdown();
    expect(await shop.ask()).toBe('OK');
    expect(shop.recorder.spans).toEqual([]);
    expect(trace.getActiveSpan()).toBeUndefined();
    shop.startTelemetry('again');
    expect(await shop.ask()).toBe('OK');
    expect((await shop.recorder.whenIdle(2)).map(({ service }) => service)).toEqual(['again', 'again']);
    await shop.close();
  });
});

it('a call whose caller is not trusted has a root of its own, linked to the caller', async () => {
  const shop = new Shop();
  await shop.open({});
  await shop.telemetry.shutdown();
  shop.telemetry = startTelemetry({
    serviceName: 'edge',
    edge: true,
    env: {
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
      RYZ_TRACE_TRUST: 'restart',
    },
    spanProcessors: [shop.recorder],
  });
  expect(await shop.ask()).toBe('OK');
  const spans = await shop.recorder.whenIdle(2);
  const client = spans.find(({ kind }) => kind === 'CLIENT');
  const server = spans.find(({ kind }) => kind === 'SERVER');
  expect(server).toMatchObject({
    parentSpanId: undefined,
    links: [{ traceId: client?.traceId, spanId: client?.spanId, attributes: {} }],
  });
  expect(server?.traceId).not.toBe(client?.traceId);
  await shop.close();
});
