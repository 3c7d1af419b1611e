import { Coordinator } from '../domain/coordinator.ts';
import type { Decision, Effect } from '../domain/decision.ts';
import type { ReportedDevice } from '../domain/engine-registry.ts';
import type { Lease, LeaseRequest, Waiter } from '../domain/lease.ts';

export interface ModelEngine {
  readonly engineId: string;
  readonly address: string;
  readonly devices: ReportedDevice[];
  streamId: number | undefined;
  draining: boolean;
  /** What it runs: what it was given and has neither finished nor been told to drop. */
  readonly running: Map<string, Lease>;
  highestEpoch: bigint;
  refused: ReadonlySet<string>;
  minEpoch: bigint;
}

export const limits = { ttlMs: 10_000, staleMs: 3_000, maxWaiting: 1_000 };

export function device(deviceId: string, capacity: number, model = 'm'): ReportedDevice {
  const slots = Math.max(1, capacity - 2);
  return { deviceId, kind: 'cpu', name: 'CPU', model, contextLength: 512, slots, capacity, load: undefined };
}

/** An Acquire with a key of its own, to be overridden where a test cares. */
export function wish(key: string, over: Partial<LeaseRequest> = {}): LeaseRequest {
  return {
    clientId: 'client',
    idempotencyKey: key,
    holderId: 'holder',
    model: '',
    slots: 1,
    kvTokens: 0,
    priority: 0,
    ttlMs: limits.ttlMs,
    replacesLeaseIds: [],
    avoidEngineIds: [],
    prefixKey: '',
    ...over,
  };
}

/**
 * A mesh round one coordinator: engines that run what they are given, and holders that know
 * what they hold. It carries out each decision and checks on the way what must hold always.
 */
export class MeshModel {
  nowMs = 0;
  coordinator: Coordinator;
  readonly engines = new Map<string, ModelEngine>();
  /** Leases that their holder believes it has. */
  readonly held = new Map<string, Lease>();
  readonly waiting = new Set<Waiter>();
  /** Every effect so far. */
  readonly effects: Effect[] = [];
  #lastEpoch = 0n;
  #starts = 0;
  #streams = 0;
  readonly #maxWaiting: number;

  constructor(options: { maxWaiting?: number } = {}) {
    this.#maxWaiting = options.maxWaiting ?? limits.maxWaiting;
    this.coordinator = this.#start();
  }

  addEngine(engineId: string, devices: ReportedDevice[], address = `${engineId}:1`): ModelEngine {
    const engine: ModelEngine = {
      engineId,
      address,
      devices,
      streamId: undefined,
      draining: false,
      running: new Map(),
      highestEpoch: 0n,
      refused: new Set(),
      minEpoch: 0n,
    };
    this.engines.set(engineId, engine);
    this.report(engine);
    return engine;
  }

  report(engine: ModelEngine): void {
    engine.streamId ??= this.#streams += 1;
    const { engineId, address, devices, highestEpoch, draining } = engine;
    const running = [...engine.running.values()].map((lease) => ({
      leaseId: lease.leaseId,
      epoch: lease.epoch,
      deviceId: lease.place.deviceId,
      slots: lease.slots,
    }));
    const report = { engineId, address, devices: [...devices], running, highestEpoch, draining };
    this.carryOut(this.coordinator.report(engine.streamId, report, this.nowMs));
  }

  reportAll(): void {
    for (const engine of this.engines.values()) this.report(engine);
  }

  cut(engine: ModelEngine): void {
    const { streamId } = engine;
    engine.streamId = undefined;
    if (streamId !== undefined) this.carryOut(this.coordinator.streamEnded(streamId, this.nowMs));
  }

  acquire(request: LeaseRequest): string {
    const answer = this.carryOut(this.coordinator.acquire(request, this.nowMs));
    if (answer.kind === 'granted') this.held.set(answer.grant.lease.leaseId, answer.grant.lease);
    return answer.kind === 'refused' ? answer.refusal.kind : answer.kind;
  }

  leave(waiter: Waiter): boolean {
    return this.carryOut(this.coordinator.leave(waiter, 'cancelled', this.nowMs));
  }

  /** The holder is done with a lease: so is its engine. */
  release(lease: Lease): { released: boolean; blockedMs: number } {
    this.held.delete(lease.leaseId);
    this.engines.get(lease.place.engineId)?.running.delete(lease.leaseId);
    const { leaseId } = lease;
    const order = { leaseId, idempotencyKey: '', holderId: lease.holderId, outcome: 'done' };
    return this.carryOut(this.coordinator.release(order, this.nowMs));
  }

  /** The holder begins its work on the engine. Returns whether the engine takes it. */
  begin(lease: Lease): boolean {
    const engine = this.engines.get(lease.place.engineId);
    if (engine === undefined || engine.refused.has(lease.leaseId) || lease.epoch < engine.minEpoch)
      return false;
    engine.running.set(lease.leaseId, lease);
    if (lease.epoch > engine.highestEpoch) engine.highestEpoch = lease.epoch;
    return true;
  }

  /** Each holder lists all that it has, and drops what it is told is lost. */
  keepAlive(holderId = 'holder'): void {
    const held = [...this.held.values()].filter((lease) => lease.holderId === holderId);
    const listed = held.map(({ leaseId, epoch, place, slots, ttlMs, clientId }) => ({
      leaseId,
      epoch,
      engineId: place.engineId,
      deviceId: place.deviceId,
      slots,
      ttlMs,
      clientId,
    }));
    const { lostLeaseIds } = this.carryOut(this.coordinator.keepAlive(holderId, listed, this.nowMs));
    for (const leaseId of lostLeaseIds) this.drop(leaseId);
  }

  drop(leaseId: string): void {
    const lease = this.held.get(leaseId);
    this.held.delete(leaseId);
    if (lease !== undefined) this.engines.get(lease.place.engineId)?.running.delete(leaseId);
  }

  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const dueMs = this.coordinator.nextDueMs();
      if (dueMs === undefined || dueMs > untilMs) break;
      this.nowMs = Math.max(this.nowMs, dueMs);
      this.carryOut(this.coordinator.tick(this.nowMs));
    }
    this.nowMs = untilMs;
  }

  /** The coordinator is killed and another one started: streams are cut, waiters fail. */
  restartCoordinator(): void {
    this.waiting.clear();
    for (const engine of this.engines.values()) engine.streamId = undefined;
    this.coordinator = this.#start();
  }

  /** Slots that are leased on a device, as the coordinator has it. */
  leasedOn(engineId: string, deviceId: string): number {
    let slots = 0;
    for (const lease of this.coordinator.leases())
      if (lease.place.engineId === engineId && lease.place.deviceId === deviceId) slots += lease.slots;
    return slots;
  }

  granted(): Lease[] {
    return this.effects.flatMap((effect) => (effect.type === 'granted' ? [effect.grant.lease] : []));
  }

  carryOut<Answer>({ answer, effects }: Decision<Answer>): Answer {
    for (const effect of effects) this.#carryOut(effect);
    this.effects.push(...effects);
    return answer;
  }

  #start(): Coordinator {
    this.#starts += 1;
    const instanceId = `start${this.#starts}`;
    return new Coordinator({ ...limits, maxWaiting: this.#maxWaiting, instanceId, startedMs: this.nowMs });
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'queued':
        this.waiting.add(effect.waiter);
        break;
      case 'granted':
        this.waiting.delete(effect.waiter);
        this.#checkGrant(effect.grant.lease);
        this.held.set(effect.grant.lease.leaseId, effect.grant.lease);
        break;
      case 'refused':
      case 'left':
        this.waiting.delete(effect.waiter);
        break;
      case 'released':
        this.held.delete(effect.lease.leaseId);
        break;
      case 'orders':
        for (const engine of this.engines.values()) {
          if (engine.streamId !== effect.streamId) continue;
          engine.refused = new Set(effect.orders.revokedLeaseIds);
          engine.minEpoch = effect.orders.minEpoch;
          for (const leaseId of engine.refused) engine.running.delete(leaseId);
        }
        break;
      default:
        break;
    }
  }

  #checkGrant(lease: Lease): void {
    const { engineId, deviceId } = lease.place;
    const engine = this.engines.get(engineId);
    const granted = engine?.devices.find((one) => one.deviceId === deviceId);
    if (engine === undefined || granted === undefined) throw new Error(`granted on unknown ${engineId}`);
    if (engine.draining) throw new Error(`granted on draining ${engineId}`);
    const leased = this.leasedOn(engineId, deviceId);
    if (leased > granted.capacity) throw new Error(`${leased} slots of ${granted.capacity} on ${deviceId}`);
    if (lease.epoch <= this.#lastEpoch && !this.#mayRestartEpochs(engine))
      throw new Error('epoch did not grow');
    if (lease.epoch <= engine.highestEpoch) throw new Error('epoch below what its engine has seen');
    this.#lastEpoch = lease.epoch;
  }

  /** A new coordinator learns of earlier epochs from the engines that knew them. */
  #mayRestartEpochs(engine: ModelEngine): boolean {
    return this.#starts > 1 && engine.highestEpoch === 0n;
  }
}

/** A mesh of one engine, `e1`, with one device, `d0`. */
export function meshWith(capacity: number): MeshModel {
  const mesh = new MeshModel();
  mesh.addEngine('e1', [device('d0', capacity)]);
  return mesh;
}

/** What happened, as short words, for the given types of effect. */
export function happened(mesh: MeshModel, types: readonly string[]): string[] {
  return mesh.effects.flatMap((effect) => {
    if (!types.includes(effect.type)) return [];
    if (effect.type === 'granted') return [`${effect.waiter.request.idempotencyKey} ${effect.grant.reason}`];
    if (effect.type === 'refused') return [`${effect.waiter.request.idempotencyKey} ${effect.refusal.kind}`];
    if (effect.type === 'revoked') return [`${effect.lease.leaseId} ${effect.reason}`];
    if (effect.type === 'engine') return [`${effect.engineId} ${effect.change}`];
    return [effect.type];
  });
}
