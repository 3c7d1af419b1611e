import type { Deadlines } from './deadlines.ts';
import { EpochSource } from './epoch.ts';
import type { Device, EngineRegistry } from './engine-registry.ts';
import type { Lease, LeasedPlace, ListedLease, Waiter } from './lease.ts';
import { ownKey } from './lease.ts';
import { RecentlyEnded } from './recently-ended.ts';

/** What is leased on one device. */
interface Usage {
  slots: number;
  kvTokens: number;
}

/** The holder's part of a rebuilt lease. */
export interface Holding {
  readonly holderId: string;
  readonly clientId: string;
  readonly ttlMs: number;
}

/** Every lease that is out, what each device has out, and what ended lately. */
export class LeaseBook {
  readonly epochs = new EpochSource();
  readonly #registry: EngineRegistry;
  readonly #deadlines: Deadlines;
  readonly #idPrefix: string;
  readonly #leases = new Map<string, Lease>();
  readonly #byKey = new Map<string, Lease>();
  readonly #byEngine = new Map<string, Set<Lease>>();
  readonly #usage = new Map<string, Usage>();
  readonly #endedLeases: RecentlyEnded<true>;
  /** Keys whose lease, or whose wish for one, has ended; with the lease's id where there was one. */
  readonly #endedKeys: RecentlyEnded<string>;
  #granted = 0;

  /** `instanceId` is unique per start: it tells this coordinator's leases from its predecessors'. */
  constructor(options: {
    registry: EngineRegistry;
    /** Gets `lease <id>` for each lease, at its expiry. */
    deadlines: Deadlines;
    instanceId: string;
    memoryMs: number;
  }) {
    this.#registry = options.registry;
    this.#deadlines = options.deadlines;
    this.#idPrefix = `${options.instanceId}-`;
    this.#endedLeases = new RecentlyEnded(options.memoryMs);
    this.#endedKeys = new RecentlyEnded(options.memoryMs);
  }

  get size(): number {
    return this.#leases.size;
  }

  get(leaseId: string): Lease | undefined {
    return this.#leases.get(leaseId);
  }

  ofKey(key: string): Lease | undefined {
    return this.#byKey.get(key);
  }

  all(): Iterable<Lease> {
    return this.#leases.values();
  }

  ofEngine(engineId: string): Iterable<Lease> {
    return this.#byEngine.get(engineId) ?? [];
  }

  /** Leases out on a device, oldest first. */
  ofDevice(device: Device): Lease[] {
    const all: Lease[] = [];
    for (const lease of this.ofEngine(device.engine.engineId))
      if (lease.place.deviceId === device.reported.deviceId) all.push(lease);
    return all;
  }

  usage(engineId: string, deviceId: string): Readonly<Usage> {
    return this.#usage.get(usageKey(engineId, deviceId)) ?? { slots: 0, kvTokens: 0 };
  }

  freeSlots(device: Device): number {
    return device.reported.capacity - this.usage(device.engine.engineId, device.reported.deviceId).slots;
  }

  /** Whether this coordinator gave the id out, be the lease alive or not. */
  isOwn(leaseId: string): boolean {
    return leaseId.startsWith(this.#idPrefix);
  }

  endedLately(leaseId: string, nowMs: number): boolean {
    return this.#endedLeases.recall(leaseId, nowMs) === true;
  }

  /** The lease id (or empty) that a key ended with, or undefined where the key is free to use. */
  endedKey(key: string, nowMs: number): string | undefined {
    return this.#endedKeys.recall(key, nowMs);
  }

  /** A lease that was released before it could be rebuilt: a late report must not bring it back. */
  noteEnded(leaseId: string, nowMs: number): void {
    this.#endedLeases.remember(leaseId, true, nowMs);
  }

  endKey(key: string, nowMs: number): void {
    this.#endedKeys.remember(key, '', nowMs);
  }

  freeKey(key: string): void {
    this.#endedKeys.forget(key);
  }

  grant(waiter: Waiter, device: Device, nowMs: number): Lease {
    const { request } = waiter;
    const epoch = this.epochs.next();
    this.#granted += 1;
    const lease: Lease = {
      leaseId: `${this.#idPrefix}${this.#granted}`,
      epoch,
      place: placeOn(device),
      slots: request.slots,
      kvTokens: request.kvTokens,
      holderId: request.holderId,
      clientId: request.clientId,
      ttlMs: request.ttlMs,
      expiresMs: nowMs + request.ttlMs,
      key: ownKey(request.holderId, request.idempotencyKey),
      blockedBeforeMs: device.blocked.readMs(nowMs),
    };
    if (device.engine.toldEpoch < epoch) device.engine.toldEpoch = epoch;
    this.#enter(lease);
    return lease;
  }

  /** Enters a lease that an earlier coordinator granted. */
  rebuild(listed: ListedLease, engineId: string, holding: Holding, nowMs: number): Lease {
    const device = this.#registry.device(engineId, listed.deviceId);
    const unknownPlace: LeasedPlace = {
      engineId,
      engineAddress: '',
      deviceId: listed.deviceId,
      gpuId: undefined,
      gpuKind: '',
      gpuName: '',
      model: '',
    };
    const lease: Lease = {
      leaseId: listed.leaseId,
      epoch: listed.epoch,
      place: device === undefined ? unknownPlace : placeOn(device),
      slots: Math.max(1, listed.slots),
      kvTokens: 0,
      ...holding,
      expiresMs: nowMs + holding.ttlMs,
      key: undefined,
      blockedBeforeMs: device?.blocked.readMs(nowMs) ?? 0,
    };
    this.#enter(lease);
    return lease;
  }

  renew(lease: Lease, nowMs: number): void {
    lease.expiresMs = nowMs + lease.ttlMs;
    this.#deadlines.set(`lease ${lease.leaseId}`, lease.expiresMs);
  }

  /** Strikes a lease out. Returns how long others waited while it held its slots, in ms. */
  end(lease: Lease, nowMs: number): number {
    const { engineId, deviceId } = lease.place;
    this.#leases.delete(lease.leaseId);
    this.#deadlines.delete(`lease ${lease.leaseId}`);
    this.#endedLeases.remember(lease.leaseId, true, nowMs);
    if (lease.key !== undefined) {
      this.#byKey.delete(lease.key);
      this.#endedKeys.remember(lease.key, lease.leaseId, nowMs);
    }
    const ofEngine = this.#byEngine.get(engineId);
    ofEngine?.delete(lease);
    if (ofEngine?.size === 0) this.#byEngine.delete(engineId);
    const key = usageKey(engineId, deviceId);
    const usage = this.#usage.get(key);
    if (usage !== undefined) {
      usage.slots -= lease.slots;
      usage.kvTokens -= lease.kvTokens;
      if (usage.slots === 0) this.#usage.delete(key);
    }
    const blockedMs = this.#registry.device(engineId, deviceId)?.blocked.readMs(nowMs) ?? 0;
    return Math.max(0, blockedMs - lease.blockedBeforeMs);
  }

  #enter(lease: Lease): void {
    const { engineId, deviceId } = lease.place;
    this.#leases.set(lease.leaseId, lease);
    this.#deadlines.set(`lease ${lease.leaseId}`, lease.expiresMs);
    if (lease.key !== undefined) this.#byKey.set(lease.key, lease);
    const ofEngine = this.#byEngine.get(engineId);
    if (ofEngine === undefined) this.#byEngine.set(engineId, new Set([lease]));
    else ofEngine.add(lease);
    const key = usageKey(engineId, deviceId);
    const usage = this.#usage.get(key);
    if (usage === undefined) this.#usage.set(key, { slots: lease.slots, kvTokens: lease.kvTokens });
    else {
      usage.slots += lease.slots;
      usage.kvTokens += lease.kvTokens;
    }
  }
}

function placeOn(device: Device): LeasedPlace {
  const { engine, gpuId, reported } = device;
  return {
    engineId: engine.engineId,
    engineAddress: engine.address,
    deviceId: reported.deviceId,
    gpuId,
    gpuKind: reported.kind,
    gpuName: reported.name,
    model: reported.model,
  };
}

function usageKey(engineId: string, deviceId: string): string {
  return `${engineId}\n${deviceId}`;
}
