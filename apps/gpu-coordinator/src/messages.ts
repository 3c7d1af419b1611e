import type {
  AcquireRequest,
  DeviceCommandInit,
  DeviceReport,
  DeviceStateInit,
  HeldLease as HeldLeaseMessage,
  KeepAliveRequest,
  LeaseEventInit,
  LeaseInit,
  Load,
  ReleaseRequest,
} from '@ryzanstein/contracts/gpu';
import type { FieldViolation } from '@ryzanstein/rpc';
import { RpcError } from '@ryzanstein/rpc';
import type { DeviceView, ReleaseOrder } from './domain/coordinator.ts';
import type { EngineOrders, Grant } from './domain/decision.ts';
import type { DeviceLoad, EngineReport } from './domain/engine-registry.ts';
import { canBeExceeded } from './domain/epoch.ts';
import type { HeldLease, LeaseRequest } from './domain/lease.ts';
import type { LeaseChange } from './lease-feed.ts';

/** What a holder may ask for; ms. Outside of it the nearest bound is taken, and told in the lease. */
const ttlBoundsMs = { least: 1_000, most: 60_000 };
const highestPriority = 9;
const longestName = 256;
const longestList = 64;

/** Problems of one message, all of them together. */
class Problems {
  readonly #violations: FieldViolation[] = [];

  add(field: string, description: string): void {
    this.#violations.push({ field, description });
  }

  name(field: string, value: string): void {
    if (value === '') this.add(field, 'must not be empty');
    else if (value.length > longestName) this.add(field, `must not be longer than ${longestName} characters`);
  }

  epoch(field: string, value: string): bigint {
    const epoch = BigInt(value);
    if (!canBeExceeded(epoch))
      this.add(field, 'is of the last term there is, above which no other can be taken');
    return epoch;
  }

  list(field: string, values: readonly string[]): void {
    if (values.length > longestList) this.add(field, `must not have more than ${longestList} entries`);
  }

  throwIfAny(message: string): void {
    const [first] = this.#violations;
    if (first === undefined) return;
    throw new RpcError(
      'INVALID_ARGUMENT',
      `The ${message} is not valid: ${first.field} ${first.description}.`,
      {
        violations: this.#violations,
      },
    );
  }
}

function ttlOf(wantedMs: number, defaultMs: number): number {
  if (wantedMs === 0) return defaultMs;
  return Math.min(ttlBoundsMs.most, Math.max(ttlBoundsMs.least, wantedMs));
}

/** @throws RpcError INVALID_ARGUMENT naming every bad field; so do the other readers below. */
export function readAcquire(message: AcquireRequest, defaultTtlMs: number): LeaseRequest {
  const problems = new Problems();
  const { clientId, idempotencyKey, holderId, model, kvTokens, priority } = message;
  problems.name('client_id', clientId);
  problems.name('idempotency_key', idempotencyKey);
  problems.name('holder_id', holderId);
  if (model !== '') problems.name('model', model);
  if (priority > highestPriority)
    problems.add('priority', `is ${priority}; it must be 0 to ${highestPriority}`);
  problems.list('replaces_lease_ids', message.replacesLeaseIds);
  problems.list('avoid_engine_ids', message.avoidEngineIds);
  if (message.prefixKey !== '') problems.name('prefix_key', message.prefixKey);
  problems.throwIfAny('request');
  return {
    clientId,
    idempotencyKey,
    holderId,
    model,
    slots: Math.max(1, message.slots),
    kvTokens,
    priority,
    ttlMs: ttlOf(message.ttlMs, defaultTtlMs),
    replacesLeaseIds: message.replacesLeaseIds,
    avoidEngineIds: message.avoidEngineIds,
    prefixKey: message.prefixKey,
  };
}

export function readRelease({ leaseId, idempotencyKey, holderId, outcome }: ReleaseRequest): ReleaseOrder {
  const problems = new Problems();
  if (leaseId === '' && idempotencyKey === '')
    problems.add('lease_id', 'must not be empty where idempotency_key is empty, too');
  if (idempotencyKey !== '') problems.name('holder_id', holderId);
  for (const [field, value] of Object.entries({
    lease_id: leaseId,
    idempotency_key: idempotencyKey,
    outcome,
  }))
    if (value !== '') problems.name(field, value);
  problems.throwIfAny('request');
  return { leaseId, idempotencyKey, holderId, outcome };
}

export function readKeepAlive(
  message: KeepAliveRequest,
  defaultTtlMs: number,
): { holderId: string; held: HeldLease[] } {
  const problems = new Problems();
  problems.name('holder_id', message.holderId);
  const held = message.leases.map((lease, index) =>
    readHeld(lease, `leases[${index}]`, defaultTtlMs, problems),
  );
  problems.throwIfAny('message');
  return { holderId: message.holderId, held };
}

function readHeld(
  lease: HeldLeaseMessage,
  field: string,
  defaultTtlMs: number,
  problems: Problems,
): HeldLease {
  const { leaseId, engineId, deviceId, clientId } = lease;
  problems.name(`${field}.lease_id`, leaseId);
  const epoch = problems.epoch(`${field}.epoch`, lease.epoch);
  const ttlMs = ttlOf(lease.ttlMs, defaultTtlMs);
  return { leaseId, epoch, engineId, deviceId, clientId, slots: Math.max(1, lease.slots), ttlMs };
}

export function readReport(message: DeviceReport): EngineReport {
  const problems = new Problems();
  problems.name('engine_id', message.engineId);
  problems.name('engine_address', message.engineAddress);
  const seen = new Set<string>();
  const devices = message.devices.map(({ load, ...device }, index) => {
    problems.name(`devices[${index}].device_id`, device.deviceId);
    if (seen.has(device.deviceId))
      problems.add(`devices[${index}].device_id`, 'is that of an earlier device');
    seen.add(device.deviceId);
    return {
      ...device,
      load: load ? readLoad(load) : undefined,
    };
  });
  const running = message.running.map(({ leaseId, epoch, deviceId, slots }, index) => ({
    leaseId,
    epoch: problems.epoch(`running[${index}].epoch`, epoch),
    deviceId,
    slots: Math.max(1, slots),
  }));
  const highestEpoch = problems.epoch('highest_epoch', message.highestEpoch);
  problems.throwIfAny('report');
  const { engineId, engineAddress, draining } = message;
  return { engineId, address: engineAddress, devices, running, highestEpoch, draining };
}

function readLoad(load: Load): DeviceLoad {
  return {
    active: load.active,
    queued: load.queued,
    kvTokensUsed: Number(load.kvTokensUsed),
    kvTokensLimit: Number(load.kvTokensLimit),
    memoryUsedBytes: Number(load.memoryUsedBytes),
    memoryTotalBytes: Number(load.memoryTotalBytes),
  };
}

export function leaseMessage({ lease, queuePosition, reason }: Grant, waitedMs: number): LeaseInit {
  const { place } = lease;
  return {
    leaseId: lease.leaseId,
    epoch: String(lease.epoch),
    gpuId: place.gpuId ?? 0,
    deviceId: place.deviceId,
    gpuKind: place.gpuKind,
    gpuName: place.gpuName,
    engineId: place.engineId,
    engineAddress: place.engineAddress,
    model: place.model,
    slots: lease.slots,
    ttlMs: lease.ttlMs,
    waitedUs: Math.round(waitedMs * 1_000),
    queuePosition,
    reason,
  };
}

export function commandMessage({ minEpoch, revokedLeaseIds, gpuIds }: EngineOrders): DeviceCommandInit {
  return {
    minEpoch: String(minEpoch),
    revokedLeaseIds: [...revokedLeaseIds],
    gpuIds: Object.fromEntries(gpuIds),
  };
}

export function deviceMessage({ device, live, leased }: DeviceView): DeviceStateInit {
  const { engine, gpuId, reported } = device;
  const { load, ...rest } = reported;
  return {
    gpuId,
    engineId: engine.engineId,
    engineAddress: engine.address,
    device: { ...rest, ...(load === undefined ? {} : { load }) },
    live,
    leased,
  };
}

export function eventMessage(change: LeaseChange): LeaseEventInit {
  const { leaseId, epoch, gpuId = 0, clientId, holderId, requestId = '', reason } = change;
  return {
    kind: `KIND_${change.kind}`,
    leaseId,
    epoch: String(epoch),
    gpuId,
    clientId,
    holderId,
    requestId,
    reason,
  };
}
