import grpc from '@grpc/grpc-js';
import { ProxyTracerProvider, trace } from '@opentelemetry/api';
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
    env: { OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', RYZ_TRACE_TRUST: 'restart' },
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
