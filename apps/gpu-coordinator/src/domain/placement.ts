import type { Refusal } from './decision.ts';
import type { Device, Engine } from './engine-registry.ts';
import type { LeaseBook } from './lease-book.ts';
import type { LeaseRequest } from './lease.ts';

/** Whether the request may ever run on the device: its model, its size, and not left out. */
export function fits(request: LeaseRequest, device: Device): boolean {
  return (
    (request.model === '' || request.model === device.reported.model) &&
    device.reported.capacity >= request.slots &&
    !request.avoidEngineIds.includes(device.engine.engineId)
  );
}

/** Whether the engine is given leases now; one that settles is from the tick on that ends it, not before. */
export function takesWork(engine: Engine): boolean {
  return engine.live && !engine.draining && engine.settledAtMs === -Infinity;
}

/**
 * Why none of these devices can serve the request, however long it waits; undefined where one can.
 * `devices` are those worth waiting for.
 */
export function refusalOf(request: LeaseRequest, devices: readonly Device[]): Refusal | undefined {
  if (devices.some((device) => fits(request, device))) return undefined;
  if (devices.length === 0) return { kind: 'no_device' };
  const withModel = devices.filter(
    ({ reported }) => request.model === '' || request.model === reported.model,
  );
  if (withModel.length === 0) {
    const models = new Set(devices.map(({ reported }) => reported.model));
    return { kind: 'no_model', models: [...models].sort() };
  }
  const most = Math.max(...withModel.map(({ reported }) => reported.capacity));
  return most < request.slots ? { kind: 'too_many_slots', most } : { kind: 'all_avoided' };
}

/**
 * The best of the open devices for the request, or undefined where none has room: one whose KV
 * cache is not over-promised before one whose is, then the least leased for its size, then the
 * lowest number.
 */
export function bestDevice(
  request: LeaseRequest,
  open: Iterable<Device>,
  book: LeaseBook,
): Device | undefined {
  let best: { device: Device; overPromised: boolean; share: number } | undefined;
  for (const device of open) {
    if (!fits(request, device) || book.freeSlots(device) < request.slots) continue;
    const { slots, kvTokens } = book.usage(device.engine.engineId, device.reported.deviceId);
    const kvLimit = device.reported.load?.kvTokensLimit ?? 0;
    const overPromised = kvLimit > 0 && kvTokens + request.kvTokens > kvLimit;
    const share = slots / Math.max(1, device.reported.slots);
    const better =
      best === undefined ||
      Number(overPromised) - Number(best.overPromised) < 0 ||
      (overPromised === best.overPromised &&
        (share < best.share || (share === best.share && device.gpuId < best.device.gpuId)));
    if (better) best = { device, overPromised, share };
  }
  return best?.device;
}
