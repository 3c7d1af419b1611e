import { RpcError } from '@ryzanstein/rpc';
import { epochOfZeroMs, type Clock, type Logger } from '@ryzanstein/runtime';
import type { TraceContext } from '@ryzanstein/tracing';
import type { CoordinatorOptions, DeviceView, ReleaseOrder } from './domain/coordinator.ts';
import { Coordinator } from './domain/coordinator.ts';
import type { Decision, EngineOrders, Grant, KeepAliveAnswer, ReleaseAnswer } from './domain/decision.ts';
import type { EngineReport } from './domain/engine-registry.ts';
import type { HeldLease, LeaseRequest, Waiter } from './domain/lease.ts';
import { DueTimer } from './due-timer.ts';
import type { Pending, Settlement } from './effect-runner.ts';
import { EffectRunner } from './effect-runner.ts';
import type { LeaseChange } from './lease-feed.ts';
import { LeaseFeed } from './lease-feed.ts';
import { Outbox } from './outbox.ts';
import type { LeaseTelemetry, Unserved, Wait } from './ports.ts';
import { refusalError } from './refusal-error.ts';

export interface LeaseControlOptions extends Omit<CoordinatorOptions, 'startedMs'> {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly telemetry: LeaseTelemetry;
  /** Milliseconds that each grant is held back, as if it had waited. */
  readonly grantDelayMs?: number | undefined;
}

/** An engine's stream: what it reports goes in, what it is told comes out. */
export interface EngineStream {
  /** @throws RpcError INVALID_ARGUMENT where the stream spoke for another engine before. */
  report(report: EngineReport): void;
  readonly orders: AsyncIterable<EngineOrders>;
  /** The stream has ended, or failed. Only the first call counts. */
  close(reason?: Error): void;
}

/** How a wish for a lease ends. */
type Ending = Settlement | { readonly kind: 'abandoned'; readonly reason: Error };

/** Runs the coordinator: its clock, its callers, its engines' streams and its watchers. */
export class LeaseControl {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #telemetry: LeaseTelemetry;
  readonly #grantDelayMs: number;
  readonly #coordinator: Coordinator;
  readonly #feed = new LeaseFeed();
  readonly #effects: EffectRunner;
  readonly #timer: DueTimer;
  #streams = 0;

  constructor(options: LeaseControlOptions) {
    const { clock, logger, telemetry, grantDelayMs = 0 } = options;
    this.#clock = clock;
    this.#logger = logger;
    this.#telemetry = telemetry;
    this.#grantDelayMs = grantDelayMs;
    this.#coordinator = new Coordinator({ ...options, startedMs: clock.monotonicMs() });
    this.#effects = new EffectRunner(logger, this.#feed);
    this.#timer = new DueTimer({
      clock,
      nextDueMs: () => this.#coordinator.nextDueMs(),
      due: () => this.#decide((nowMs) => this.#coordinator.tick(nowMs)),
      stalled: (lateMs) =>
        logger.warn({ late_ms: Math.round(lateMs) }, 'the process stood still; nothing ends yet'),
    });
  }

  get waiting(): number {
    return this.#coordinator.waiting;
  }

  get leased(): number {
    return this.#coordinator.leased;
  }

  devices(): DeviceView[] {
    return this.#coordinator.devices();
  }

  /**
   * Resolves with a lease, after waiting for it where need be. Rejects with an RpcError where it
   * cannot be had, or with the signal's reason; then nothing is left behind.
   */
  async acquire(request: LeaseRequest, signal: AbortSignal): Promise<{ grant: Grant; waitedMs: number }> {
    signal.throwIfAborted();
    const startMs = this.#clock.monotonicMs();
    const startEpochMs = epochOfZeroMs(this.#clock) + startMs;
    const answer = this.#decide(
      (nowMs) => this.#coordinator.acquire(request, nowMs),
      this.#telemetry.current(),
    );

    let ending: Ending;
    let queued: Pick<Wait, 'position' | 'behind'> | undefined;
    if (answer.kind === 'waiting') {
      const pending = this.#effects.pendingOf(answer.waiter);
      queued = { position: answer.waiter.position, behind: pending.behind };
      this.#telemetry.queued(queued.position, queued.behind);
      ending = await this.#settled(answer.waiter, pending, signal);
    } else {
      ending = answer;
    }
    if (ending.kind === 'granted' && this.#grantDelayMs > 0) {
      await this.#holdBack(signal);
      queued ??= { position: 0, behind: [] };
    }
    if (ending.kind === 'granted' && signal.aborted) {
      this.#giveBack(ending.grant);
      ending = { kind: 'abandoned', reason: signal.reason as Error };
    }

    const waitedMs = queued === undefined ? 0 : this.#clock.monotonicMs() - startMs;
    const admittedBy = ending.kind === 'granted' ? ending.admittedBy : undefined;
    const wait = queued && { ...queued, startEpochMs, endEpochMs: startEpochMs + waitedMs, admittedBy };
    switch (ending.kind) {
      case 'granted':
        this.#telemetry.granted(ending.grant, waitedMs, wait);
        this.#logGrant(ending.grant, waitedMs);
        return { grant: ending.grant, waitedMs };
      case 'refused': {
        const error = refusalError(request, ending.refusal);
        const outcome = error.code === 'CANCELLED' ? 'cancelled' : 'refused';
        const errorType = error.code === 'UNAVAILABLE' ? error.code : undefined;
        this.#telemetry.unserved({ outcome, reason: ending.refusal.kind, errorType, waitedMs }, wait);
        throw error;
      }
      case 'abandoned':
        this.#telemetry.unserved({ ...abandonment(ending.reason), waitedMs }, wait);
        throw ending.reason;
    }
  }

  release(order: ReleaseOrder): ReleaseAnswer {
    const answer = this.#decide((nowMs) => this.#coordinator.release(order, nowMs));
    const { blockedMs, blocked } = answer;
    // One that has run out is given back by its holder all the same.
    const leaseId = answer.leaseId ?? (order.leaseId === '' ? undefined : order.leaseId);
    const requestIds = this.#effects.requestIdsOf(blocked.first);
    this.#telemetry.released({
      leaseId,
      outcome: order.outcome,
      blockedMs,
      blocked: { count: blocked.count, requestIds },
    });
    return answer;
  }

  keepAlive(holderId: string, held: readonly HeldLease[]): KeepAliveAnswer {
    return this.#decide((nowMs) => this.#coordinator.keepAlive(holderId, held, nowMs));
  }

  openEngineStream(): EngineStream {
    const streamId = (this.#streams += 1);
    // Orders replace each other, so only the latest matter.
    const orders = new Outbox<EngineOrders>({ capacity: 1 });
    this.#effects.engineStreams.set(streamId, orders);
    let engineId: string | undefined;
    return {
      orders,
      report: (report) => {
        if (orders.ended) return;
        engineId ??= report.engineId;
        if (engineId !== report.engineId) throw anotherEngine(engineId);
        this.#decide((nowMs) => this.#coordinator.report(streamId, report, nowMs));
      },
      close: (reason) => {
        orders.end(reason);
        if (!this.#effects.engineStreams.delete(streamId)) return;
        this.#decide((nowMs) => this.#coordinator.streamEnded(streamId, nowMs));
      },
    };
  }

  /** The leases held now, then every change. A reader that is too slow is cut off. */
  watch(signal: AbortSignal): AsyncIterable<LeaseChange> {
    return this.#feed.subscribe(this.#effects.heldNow(this.#coordinator.leases()), signal);
  }

  /** Sends waiters away, and whoever comes; leases run on. */
  drain(): void {
    this.#decide((nowMs) => this.#coordinator.drain(nowMs));
  }

  /** Stops its clock; nothing ends by time any more. */
  close(): void {
    this.#timer.close();
  }

  #decide<Answer>(decide: (nowMs: number) => Decision<Answer>, asker?: TraceContext): Answer {
    const { answer, effects } = decide(this.#clock.monotonicMs());
    this.#effects.run(effects, asker);
    this.#timer.update();
    return answer;
  }

  #settled(waiter: Waiter, pending: Pending, signal: AbortSignal): Promise<Ending> {
    return new Promise((resolve) => {
      const settle = (settlement: Settlement): void => {
        signal.removeEventListener('abort', abandon);
        resolve(settlement);
      };
      const abandon = (): void => {
        pending.callers.delete(settle);
        resolve({ kind: 'abandoned', reason: signal.reason as Error });
        // Another call with the same key may still wait for it.
        if (pending.callers.size > 0) return;
        const cause = abandonment(signal.reason).outcome === 'expired' ? 'expired' : 'cancelled';
        this.#decide((nowMs) => this.#coordinator.leave(waiter, cause, nowMs));
      };
      pending.callers.add(settle);
      signal.addEventListener('abort', abandon, { once: true });
    });
  }

  #holdBack(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#clock.after(this.#grantDelayMs, () => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      });
      const giveUp = (): void => {
        timer.cancel();
        resolve();
      };
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  /** The caller has gone while it was granted. A lease that it only asked for again is not its to end. */
  #giveBack({ lease, reason }: Grant): void {
    if (reason === 'same_key') return;
    const { leaseId, holderId } = lease;
    const order = { leaseId, idempotencyKey: '', holderId, outcome: 'raced' };
    this.#decide((nowMs) => this.#coordinator.release(order, nowMs));
  }

  #logGrant({ lease, reason, queuePosition, admittedBy }: Grant, waitedMs: number): void {
    this.#logger.info(
      {
        lease_id: lease.leaseId,
        epoch: String(lease.epoch),
        gpu_id: lease.place.gpuId,
        engine_id: lease.place.engineId,
        client_id: lease.clientId,
        waited_ms: waitedMs,
        queue_position: queuePosition,
        reason,
        ...(admittedBy === undefined ? {} : { admitted_by: admittedBy }),
      },
      'lease granted',
    );
  }
}

function abandonment(reason: unknown): Omit<Unserved, 'waitedMs'> {
  const code = reason instanceof RpcError ? reason.code : 'CANCELLED';
  if (code === 'DEADLINE_EXCEEDED') return { outcome: 'expired', reason: 'deadline', errorType: code };
  if (code === 'UNAVAILABLE') return { outcome: 'refused', reason: 'draining', errorType: code };
  return { outcome: 'cancelled', reason: 'caller_left', errorType: undefined };
}

function anotherEngine(engineId: string): RpcError {
  const description = `was ${JSON.stringify(engineId)} in an earlier message of this stream`;
  return new RpcError('INVALID_ARGUMENT', 'The stream speaks for another engine.', {
    violations: [{ field: 'engine_id', description }],
  });
}
