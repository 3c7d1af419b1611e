import type { Allocator } from './allocator.ts';
import type { Deadlines } from './deadlines.ts';
import type { Effect, EngineChange, EngineOrders, RevokeReason } from './decision.ts';
import type { Engine, EngineRegistry, EngineReport } from './engine-registry.ts';
import type { Holding, LeaseBook } from './lease-book.ts';
import type { HeldLease, Lease, ListedLease } from './lease.ts';

/** An engine that does not come back is forgotten, with the numbers of its devices, after this long. */
const FORGET_MS = 600_000;
/** No request lives longer than this, so a revoked lease need not be refused longer; ms. */
const REVOKED_MEMORY_MS = 120_000;

export interface EngineDeskParts {
  readonly registry: EngineRegistry;
  readonly book: LeaseBook;
  readonly allocator: Allocator;
  /** Gets `silent`, `lost`, `settled` and `forget`, each with an engine id. */
  readonly deadlines: Deadlines;
  readonly staleMs: number;
  /** How long an engine that knows an earlier term is given nothing, and rebuilding goes on. */
  readonly settleMs: number;
  readonly startedMs: number;
}

/** Engines coming, reporting, falling silent and leaving; leases rebuilt and revoked. */
export class EngineDesk {
  readonly #parts: EngineDeskParts;

  constructor(parts: EngineDeskParts) {
    this.#parts = parts;
  }

  report(streamId: number, report: EngineReport, nowMs: number, effects: Effect[]): void {
    const { registry, allocator, deadlines, staleMs } = this.#parts;
    const known = registry.engines.has(report.engineId);
    const engine = registry.expect(report.engineId, report.address, Infinity);
    engine.address = report.address;
    const supersededStream = registry.attach(engine, streamId);
    if (supersededStream !== undefined)
      effects.push({ type: 'superseded', streamId: supersededStream, engineId: engine.engineId });
    if (!engine.live || supersededStream !== undefined) engine.ordersDue = true;

    const tookWork = engine.live && !engine.draining;
    if (!engine.live) note(engine, known ? 'rejoined' : 'joined', effects);
    engine.live = true;
    this.#learnEpochs(engine, report, nowMs, effects);
    const { dropped, changed } = registry.takeDevices(engine, report.devices);
    for (const predecessor of registry.predecessors(engine)) this.#replace(predecessor, nowMs, effects);
    this.#takeDraining(engine, report.draining, nowMs, effects);
    deadlines.delete(`forget ${engine.engineId}`);
    deadlines.set(`silent ${engine.engineId}`, nowMs + staleMs);

    for (const lease of [...this.#parts.book.ofEngine(engine.engineId)])
      if (dropped.includes(lease.place.deviceId)) this.revoke(lease, 'device_lost', nowMs, effects);
    this.#takeRunning(engine, report.running, nowMs, effects);
    if (changed) allocator.refuseHopeless(nowMs, effects);
    if (changed || !tookWork) allocator.grantAll({ reason: 'device_joined' }, nowMs, effects);
  }

  /** The stream that spoke for an engine has ended: no grants, and a short hope that it returns. */
  streamEnded(streamId: number, nowMs: number, effects: Effect[]): void {
    const { registry, deadlines, staleMs } = this.#parts;
    const engine = registry.ofStream(streamId);
    if (engine === undefined) return;
    const wasLive = engine.live;
    registry.detach(engine);
    if (!wasLive) return;
    engine.hopeUntilMs = Math.min(engine.hopeUntilMs, nowMs + staleMs);
    deadlines.delete(`silent ${engine.engineId}`);
    deadlines.set(`lost ${engine.engineId}`, nowMs + staleMs);
    note(engine, 'gone', effects);
  }

  /** A deadline of an engine has come. */
  due(kind: string, engineId: string, nowMs: number, effects: Effect[]): void {
    const { registry, allocator } = this.#parts;
    const engine = registry.engines.get(engineId);
    if (engine === undefined) return;
    if (kind === 'settled') {
      engine.settledAtMs = -Infinity;
      engine.ordersDue = true;
      note(engine, 'settled', effects);
      allocator.grantAll({ reason: 'after_restart' }, nowMs, effects);
    } else if (kind === 'forget') {
      registry.forget(engine);
    } else if (kind === 'silent' || !engine.live) {
      this.#lose(engine, 'device_lost', nowMs, effects);
    } else {
      // It drains: its leases run on, but nobody need hope for it any more.
      allocator.refuseHopeless(nowMs, effects);
    }
  }

  /** Takes a lease away: its engine is told to refuse and cancel it. */
  revoke(lease: Lease, reason: RevokeReason, nowMs: number, effects: Effect[]): void {
    const blockedMs = this.#parts.book.end(lease, nowMs);
    const engine = this.#parts.registry.engines.get(lease.place.engineId);
    if (engine !== undefined) this.#refuseFromNowOn(engine, lease, nowMs);
    effects.push({ type: 'revoked', lease, reason, blockedMs });
  }

  /** Brings back a lease that a holder lists and an earlier coordinator granted, if it can still be valid. */
  rebuildHeld(held: HeldLease, holderId: string, nowMs: number, effects: Effect[]): Lease | undefined {
    const { registry, deadlines, startedMs, settleMs } = this.#parts;
    if (this.#parts.book.isOwn(held.leaseId)) return undefined;
    this.#raiseTerm(held.epoch, effects);
    if (!registry.engines.has(held.engineId) && nowMs < startedMs + settleMs) {
      // The holder is back before the engine.
      const engine = registry.expect(held.engineId, '', nowMs + settleMs);
      engine.settledAtMs = Infinity;
      deadlines.set(`lost ${held.engineId}`, nowMs + settleMs);
    }
    const engine = registry.engines.get(held.engineId);
    if (engine === undefined) return undefined;
    const { clientId, ttlMs } = held;
    return this.#rebuild(engine, held, { holderId, clientId, ttlMs }, nowMs, effects);
  }

  /** Sends orders to each engine whose orders have changed. */
  sendOrders(effects: Effect[]): void {
    for (const engine of this.#parts.registry.engines.values()) {
      if (!engine.ordersDue || engine.streamId === undefined) continue;
      engine.ordersDue = false;
      const orders = this.#ordersFor(engine);
      if (engine.toldEpoch < orders.minEpoch) engine.toldEpoch = orders.minEpoch;
      effects.push({ type: 'orders', streamId: engine.streamId, orders });
    }
  }

  #learnEpochs(engine: Engine, report: EngineReport, nowMs: number, effects: Effect[]): void {
    let highest = report.highestEpoch;
    for (const { epoch } of report.running) if (epoch > highest) highest = epoch;
    const foreign = highest > engine.toldEpoch;
    if (foreign) {
      this.#raiseTerm(highest, effects);
      engine.toldEpoch = highest;
    }
    if (!foreign && engine.settledAtMs !== Infinity) return;
    engine.settledAtMs = nowMs + this.#parts.settleMs;
    engine.ordersDue = true;
    this.#parts.deadlines.set(`settled ${engine.engineId}`, engine.settledAtMs);
    note(engine, 'settling', effects);
  }

  #takeDraining(engine: Engine, draining: boolean, nowMs: number, effects: Effect[]): void {
    const { deadlines, staleMs } = this.#parts;
    if (!draining) {
      engine.hopeUntilMs = Infinity;
      deadlines.delete(`lost ${engine.engineId}`);
    } else if (!engine.draining) {
      engine.hopeUntilMs = nowMs + staleMs;
      deadlines.set(`lost ${engine.engineId}`, engine.hopeUntilMs);
      note(engine, 'draining', effects);
    }
    engine.draining = draining;
  }

  #takeRunning(engine: Engine, running: readonly ListedLease[], nowMs: number, effects: Effect[]): void {
    const { book, settleMs } = this.#parts;
    engine.running = new Set(running.map(({ leaseId }) => leaseId));
    for (const listed of running) {
      const { leaseId } = listed;
      if (book.get(leaseId) !== undefined || engine.revoked.has(leaseId)) continue;
      // An engine needs a moment to stop what has just been released.
      if (book.endedLately(leaseId, nowMs)) continue;
      const holding = { holderId: '', clientId: '', ttlMs: settleMs };
      if (this.#rebuild(engine, listed, holding, nowMs, effects) === undefined)
        this.#refuseFromNowOn(engine, listed, nowMs);
    }
    const minEpoch = this.#minEpoch(engine);
    for (const [leaseId, { epoch, atMs }] of engine.revoked) {
      if (engine.running.has(leaseId)) continue;
      if (epoch >= minEpoch && nowMs - atMs < REVOKED_MEMORY_MS) continue;
      engine.revoked.delete(leaseId);
      engine.ordersDue = true;
    }
  }

  #rebuild(
    engine: Engine,
    listed: ListedLease,
    holding: Holding,
    nowMs: number,
    effects: Effect[],
  ): Lease | undefined {
    const { book } = this.#parts;
    if (book.isOwn(listed.leaseId) || nowMs >= engine.settledAtMs) return undefined;
    if (engine.revoked.has(listed.leaseId) || book.endedLately(listed.leaseId, nowMs)) return undefined;
    const device = engine.devices.get(listed.deviceId);
    const hasReported = engine.settledAtMs !== Infinity;
    if (hasReported && (device === undefined || book.freeSlots(device) < listed.slots)) return undefined;
    const lease = book.rebuild(listed, engine.engineId, holding, nowMs);
    effects.push({ type: 'rebuilt', lease });
    return lease;
  }

  #refuseFromNowOn(engine: Engine, lease: { leaseId: string; epoch: bigint }, nowMs: number): void {
    engine.revoked.set(lease.leaseId, { epoch: lease.epoch, atMs: nowMs });
    engine.ordersDue = true;
  }

  /** Another engine process has come up at its address, so it is no more. */
  #replace(engine: Engine, nowMs: number, effects: Effect[]): void {
    const { registry } = this.#parts;
    if (engine.streamId !== undefined)
      effects.push({ type: 'superseded', streamId: engine.streamId, engineId: engine.engineId });
    this.#lose(engine, 'engine_restarted', nowMs, effects);
    for (const kind of ['forget', 'lost', 'silent', 'settled'])
      this.#parts.deadlines.delete(`${kind} ${engine.engineId}`);
    registry.forget(engine);
  }

  #lose(engine: Engine, reason: RevokeReason, nowMs: number, effects: Effect[]): void {
    const { book, allocator, deadlines } = this.#parts;
    engine.live = false;
    engine.hopeUntilMs = nowMs;
    note(engine, 'lost', effects);
    for (const lease of [...book.ofEngine(engine.engineId)]) this.revoke(lease, reason, nowMs, effects);
    deadlines.set(`forget ${engine.engineId}`, nowMs + FORGET_MS);
    allocator.refuseHopeless(nowMs, effects);
  }

  #raiseTerm(epoch: bigint, effects: Effect[]): void {
    const { epochs } = this.#parts.book;
    if (epochs.raiseAbove(epoch)) effects.push({ type: 'term', term: epochs.term });
  }

  #ordersFor(engine: Engine): EngineOrders {
    const gpuIds = new Map<string, number>();
    for (const [deviceId, { gpuId }] of engine.devices) gpuIds.set(deviceId, gpuId);
    return { minEpoch: this.#minEpoch(engine), revokedLeaseIds: [...engine.revoked.keys()], gpuIds };
  }

  /** Below every lease that is valid there; 0 while leases of an earlier term may still turn up. */
  #minEpoch(engine: Engine): bigint {
    if (engine.settledAtMs !== -Infinity) return 0n;
    let min = this.#parts.book.epochs.last + 1n;
    for (const { epoch } of this.#parts.book.ofEngine(engine.engineId)) if (epoch < min) min = epoch;
    return min;
  }
}

function note(engine: Engine, change: EngineChange, effects: Effect[]): void {
  effects.push({ type: 'engine', engineId: engine.engineId, address: engine.address, change });
}
