import grpc from '@grpc/grpc-js';
import { ProxyTracerProvider, trace } from '@opentelemetry/api';
import { NotPatchedError, patchGrpc } from '../src/grpc/grpc-patch.ts';
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
