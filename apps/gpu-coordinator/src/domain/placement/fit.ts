import type { Refusal } from '../decision.ts';
import type { Device, Engine } from '../engine-registry.ts';
import type { LeaseRequest } from '../lease.ts';
import { avoided } from './avoid-filter.ts';
import { otherModel } from './model-filter.ts';
import { tooSmall } from './size-filter.ts';
import { notNow } from './state-filter.ts';

/** Whether the request may ever run on the device: its model, its size, and not left out. */
export function fits(request: LeaseRequest, device: Device): boolean {
  return (
    otherModel(request, device) === undefined &&
    tooSmall(request, device) === undefined &&
    avoided(request, device) === undefined
  );
}

/** Whether the engine is given leases now; one that settles is from the tick on that ends it, not before. */
export function takesWork(engine: Engine): boolean {
  return notNow(engine) === undefined;
}

/**
 * Why none of these devices can serve the request, however long it waits; undefined where one can.
 * `devices` are those worth waiting for.
 */
export function refusalOf(request: LeaseRequest, devices: readonly Device[]): Refusal | undefined {
  if (devices.some((device) => fits(request, device))) return undefined;
  if (devices.length === 0) return { kind: 'no_device' };
  const withModel = devices.filter((device) => otherModel(request, device) === undefined);
  if (withModel.length === 0) {
    const models = new Set(devices.map(({ reported }) => reported.model));
    return { kind: 'no_model', models: [...models].sort() };
  }
  const most = Math.max(...withModel.map(({ reported }) => reported.capacity));
  return most < request.slots ? { kind: 'too_many_slots', most } : { kind: 'all_avoided' };
}
