import { RpcError } from '@ryzanstein/rpc';
import { silentLogger } from '@ryzanstein/runtime';
import { FakeClock } from '@ryzanstein/testing';
import { createDeviceView } from './device-view.ts';
import type { DeviceFact } from './domain/model-catalog.ts';

const device: DeviceFact = {
  engineId: 'e1',
  engineAddress: '127.0.0.1:1',
  model: 'tiny',
  contextLength: 512,
  slots: 4,
  leased: 0,
  live: true,
};

function setUp() {
  const clock = new FakeClock();
  const readiness: boolean[] = [];
  const mesh = { devices: [] as DeviceFact[], away: false, polls: 0 };
  const view = createDeviceView({
    clock,
    logger: silentLogger,
    coordinator: {
      async listDevices() {
        mesh.polls += 1;
        if (mesh.away) throw new RpcError('UNAVAILABLE', 'gone');
        return mesh.devices;
      },
    },
    onReadiness: (ready) => readiness.push(ready),
    onCatalog: () => undefined,
  });
  return { clock, view, mesh, readiness };
}

describe('createDeviceView', () => {
  it('looks four times a second until it has seen something, then once', async () => {
    const { clock, view, mesh } = setUp();
    mesh.away = true;
    view.start();
    await clock.advanceAsync(1_000);
    expect(mesh.polls).toBe(5);
    mesh.away = false;
    await clock.advanceAsync(250);
    await clock.advanceAsync(3_000);
    expect(mesh.polls).toBe(9);
    view.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('is ready while a live device is registered', async () => {
    const { clock, view, mesh, readiness } = setUp();
    view.start();
    await clock.advanceAsync(0);
    expect(readiness).toEqual([]);
    mesh.devices = [device];
    await clock.advanceAsync(1_000);
    expect(readiness).toEqual([true]);
    mesh.devices = [{ ...device, live: false }];
    await clock.advanceAsync(1_000);
    expect(readiness).toEqual([true, false]);
    view.stop();
  });

  it('outlasts a coordinator that restarts, but not one that stays away', async () => {
    const { clock, view, mesh, readiness } = setUp();
    mesh.devices = [device];
    view.start();
    await clock.advanceAsync(0);
    mesh.away = true;
    await clock.advanceAsync(3_000);
    expect(readiness).toEqual([true]);
    expect(view.fresh).toBe(true);
    await clock.advanceAsync(1_000);
    expect(readiness).toEqual([true, false]);
    expect(view.fresh).toBe(false);
    expect(view.catalog.models).toEqual([]);
    mesh.away = false;
    await clock.advanceAsync(1_000);
    expect(readiness).toEqual([true, false, true]);
    view.stop();
  });

  it('shares one look among all who want one now', async () => {
    const { view, mesh } = setUp();
    mesh.devices = [device];
    expect(await Promise.all([view.refresh(), view.refresh(), view.refresh()])).toEqual([true, true, true]);
    expect(mesh.polls).toBe(1);
    expect(view.catalog.models).toHaveLength(1);
    mesh.away = true;
    expect(await view.refresh()).toBe(false);
    expect(mesh.polls).toBe(2);
  });
});
