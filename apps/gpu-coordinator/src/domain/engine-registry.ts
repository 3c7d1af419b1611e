import type { ListedLease } from './lease.ts';
import { PrefixMemory } from './placement/prefix-memory.ts';
import { Stopwatch } from './stopwatch.ts';

/** Load as the engine reports it; tokens and bytes. */
export interface DeviceLoad {
  readonly active: number;
  readonly queued: number;
  readonly kvTokensUsed: number;
  readonly kvTokensLimit: number;
  readonly memoryUsedBytes: number;
  readonly memoryTotalBytes: number;
}

export interface ReportedDevice {
  readonly deviceId: string;
  readonly kind: string;
  readonly name: string;
  readonly model: string;
  /** Tokens of one sequence. */
  readonly contextLength: number;
  /** Sequences that really run at once. */
  readonly slots: number;
  /** Slots that may be leased at once. */
  readonly capacity: number;
  readonly load: DeviceLoad | undefined;
}

/** One message of an engine's ReportDevices stream. */
export interface EngineReport {
  readonly engineId: string;
  readonly address: string;
  readonly devices: readonly ReportedDevice[];
  readonly running: readonly ListedLease[];
  readonly highestEpoch: bigint;
  readonly draining: boolean;
}

export interface Device {
  readonly engine: Engine;
  readonly gpuId: number;
  reported: ReportedDevice;
  /** Runs while somebody waits who could run here. */
  readonly blocked: Stopwatch;
  /** What its engine may have in its cache. */
  readonly prefixes: PrefixMemory;
}

export interface Engine {
  readonly engineId: string;
  address: string;
  readonly devices: Map<string, Device>;
  /** The stream that speaks for it; undefined while there is none. */
  streamId: number | undefined;
  /** It reports, and has not fallen silent. */
  live: boolean;
  draining: boolean;
  /** Waiters stop hoping for it at this moment; infinite while it takes work. */
  hopeUntilMs: number;
  /** It knows leases of an earlier term: no grants, and rebuilding, until this moment. */
  settledAtMs: number;
  /** Highest epoch it may have learned from this coordinator or has reported. */
  toldEpoch: bigint;
  /** Leases that it must refuse. */
  readonly revoked: Map<string, { readonly epoch: bigint; readonly atMs: number }>;
  running: ReadonlySet<string>;
  /** Orders have changed since they were last sent. */
  ordersDue: boolean;
}

/** The engines and their devices, and the numbers of the devices. Knows no lease. */
export class EngineRegistry {
  readonly engines = new Map<string, Engine>();
  readonly #byStream = new Map<number, Engine>();
  /** Asked for at every decision, changed hardly ever; undefined after a change. */
  #devices: readonly Device[] | undefined;
  /** By engine address, then device id, so that a restarted engine's device keeps its number. */
  readonly #numbers = new Map<string, Map<string, number>>();

  ofStream(streamId: number): Engine | undefined {
    return this.#byStream.get(streamId);
  }

  device(engineId: string, deviceId: string): Device | undefined {
    return this.engines.get(engineId)?.devices.get(deviceId);
  }

  /** All devices, by number. */
  devices(): readonly Device[] {
    if (this.#devices === undefined) {
      const all = [...this.engines.values()].flatMap((engine) => [...engine.devices.values()]);
      this.#devices = all.sort((one, other) => one.gpuId - other.gpuId);
    }
    return this.#devices;
  }

  /** The engine's record, made where it is not known; a made one is gone and hoped for until `hopeUntilMs`. */
  expect(engineId: string, address: string, hopeUntilMs: number): Engine {
    const known = this.engines.get(engineId);
    if (known !== undefined) return known;
    const engine: Engine = {
      engineId,
      address,
      devices: new Map(),
      streamId: undefined,
      live: false,
      draining: false,
      hopeUntilMs,
      settledAtMs: -Infinity,
      toldEpoch: 0n,
      revoked: new Map(),
      running: new Set(),
      ordersDue: false,
    };
    this.engines.set(engineId, engine);
    return engine;
  }

  /** Others that claim the address of this engine: what ran there before it. */
  predecessors(engine: Engine): Engine[] {
    return [...this.engines.values()].filter(
      (other) => other !== engine && other.address === engine.address && other.address !== '',
    );
  }

  /** Lets a stream speak for an engine. Returns the stream that it takes over from. */
  attach(engine: Engine, streamId: number): number | undefined {
    const before = engine.streamId;
    if (before === streamId) return undefined;
    if (before !== undefined) this.#byStream.delete(before);
    engine.streamId = streamId;
    this.#byStream.set(streamId, engine);
    return before;
  }

  detach(engine: Engine): void {
    if (engine.streamId !== undefined) this.#byStream.delete(engine.streamId);
    engine.streamId = undefined;
    engine.live = false;
  }

  /**
   * Takes over the devices of a report. Returns the ids of those that are no longer there, and
   * whether anything changed that decides who may run where.
   */
  takeDevices(engine: Engine, reported: readonly ReportedDevice[]): { dropped: string[]; changed: boolean } {
    let changed = false;
    const dropped = new Set(engine.devices.keys());
    for (const device of reported) {
      dropped.delete(device.deviceId);
      const known = engine.devices.get(device.deviceId);
      if (known === undefined) {
        const gpuId = this.#numberOf(engine.address, device.deviceId);
        engine.devices.set(device.deviceId, {
          engine,
          gpuId,
          reported: device,
          blocked: new Stopwatch(),
          prefixes: new PrefixMemory(),
        });
        engine.ordersDue = true;
        changed = true;
      } else {
        changed ||= known.reported.capacity !== device.capacity || known.reported.model !== device.model;
        known.reported = device;
      }
    }
    for (const deviceId of dropped) engine.devices.delete(deviceId);
    this.#devices = undefined;
    return { dropped: [...dropped], changed: changed || dropped.size > 0 };
  }

  /** Forgets an engine, and the numbers of its devices unless another engine has its address. */
  forget(engine: Engine): void {
    this.detach(engine);
    this.engines.delete(engine.engineId);
    this.#devices = undefined;
    if (this.predecessors(engine).length === 0) this.#numbers.delete(engine.address);
  }

  #numberOf(address: string, deviceId: string): number {
    let numbers = this.#numbers.get(address);
    if (numbers === undefined) this.#numbers.set(address, (numbers = new Map<string, number>()));
    const known = numbers.get(deviceId);
    if (known !== undefined) return known;
    const taken = new Set([...this.#numbers.values()].flatMap((ofOne) => [...ofOne.values()]));
    let free = 0;
    while (taken.has(free)) free += 1;
    numbers.set(deviceId, free);
    return free;
  }
}
