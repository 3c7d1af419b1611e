import fc from 'fast-check';

import { device, limits, MeshModel, wish } from '../test/mesh-model.ts';

const clients = ['a', 'b', 'c'];
const engineIds = ['e1', 'e2', 'e3'];
const pick = fc.nat(1_000);

const acquire = fc.record({
  do: fc.constant('acquire' as const),
  client: fc.constantFrom(...clients),
  model: fc.constantFrom('', 'm', 'n'),
  slots: fc.integer({ min: 1, max: 3 }),
  priority: fc.integer({ min: 0, max: 2 }),
  ttlMs: fc.integer({ min: 1_000, max: 20_000 }),
});
const engineStep = fc.record({
  do: fc.constantFrom(
    'report' as const,
    'cut' as const,
    'restartEngine' as const,
    'drain' as const,
    'resize' as const,
  ),
  engine: fc.constantFrom(...engineIds),
  capacity: fc.integer({ min: 1, max: 5 }),
});
const otherStep = fc.record({
  do: fc.constantFrom(
    'release' as const,
    'release' as const,
    'releaseByKey' as const,
    'repeat' as const,
    'leave' as const,
    'begin' as const,
    'keepAlive' as const,
    'forgetHeld' as const,
  ),
  which: pick,
});
const advance = fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 4_000 }) });
type Step = typeof acquire | typeof engineStep | typeof otherStep | typeof advance;
type StepValue = Step extends fc.Arbitrary<infer Value> ? Value : never;
const step: fc.Arbitrary<StepValue> = fc.oneof(
  { weight: 5, arbitrary: acquire },
  { weight: 2, arbitrary: engineStep },
  { weight: 6, arbitrary: otherStep },
  { weight: 2, arbitrary: advance },
);

function nth<Item>(items: Iterable<Item>, which: number): Item | undefined {
  const all = [...items];
  return all.length === 0 ? undefined : all[which % all.length];
}

/** Runs steps on a mesh of up to three engines, with capacity checked at each grant by the model. */
class Run {
  readonly mesh = new MeshModel();
  readonly #models = { e1: 'm', e2: 'm', e3: 'n' } as Record<string, string>;
  #keys = 0;
  #starts = 0;
  /** Acquires that were told to wait, by key. */
  readonly queued = new Set<string>();

  take(one: StepValue): void {
    const { mesh } = this;
    switch (one.do) {
      case 'acquire': {
        const { client, model, slots, priority, ttlMs } = one;
        const key = `k${(this.#keys += 1)}`;
        const outcome = mesh.acquire(wish(key, { clientId: client, model, slots, priority, ttlMs }));
        if (outcome === 'waiting') this.queued.add(key);
        return;
      }
      case 'advance':
        mesh.advance(one.ms);
        return;
      case 'report':
      case 'cut':
      case 'restartEngine':
      case 'drain':
      case 'resize':
        this.#engine(one.do, one.engine, one.capacity);
        return;
      default:
        this.#other(one.do, one.which);
    }
  }

  #engine(
    what: 'report' | 'cut' | 'restartEngine' | 'drain' | 'resize',
    name: string,
    capacity: number,
  ): void {
    const { mesh } = this;
    const address = `${name}:1`;
    const known = [...mesh.engines.values()].find((engine) => engine.address === address);
    if (known === undefined || what === 'restartEngine') {
      if (known !== undefined) mesh.engines.delete(known.engineId);
      mesh.addEngine(`${name}/${(this.#starts += 1)}`, [device('d0', capacity, this.#models[name])], address);
      return;
    }
    if (what === 'cut') return mesh.cut(known);
    if (what === 'drain') known.draining = !known.draining;
    if (what === 'resize') known.devices[0] = device('d0', capacity, this.#models[name]);
    mesh.report(known);
  }

  #other(what: string, which: number): void {
    const { mesh } = this;
    const held = nth(mesh.held.values(), which);
    const waiter = nth(mesh.waiting, which);
    if (what === 'keepAlive') mesh.keepAlive();
    if (what === 'leave' && waiter !== undefined) expect(mesh.leave(waiter)).toBe(true);
    if (what === 'repeat' && waiter !== undefined) {
      const { waiting } = mesh.coordinator;
      expect(mesh.acquire(waiter.request)).toBe('waiting');
      expect(mesh.coordinator.waiting).toBe(waiting);
    }
    if (what === 'releaseByKey' && waiter !== undefined) {
      const { idempotencyKey, holderId } = waiter.request;
      const order = { leaseId: '', idempotencyKey, holderId, outcome: 'raced' };
      expect(mesh.carryOut(mesh.coordinator.release(order, mesh.nowMs)).released).toBe(true);
      expect(mesh.acquire(waiter.request)).toBe('key_ended');
    }
    if (held === undefined) return;
    if (what === 'begin') mesh.begin(held);
    if (what === 'forgetHeld') mesh.drop(held.leaseId);
    if (what === 'release') {
      const known = mesh.coordinator.lease(held.leaseId) !== undefined;
      const { released, blockedMs } = mesh.release(held);
      expect(released).toBe(known);
      expect(blockedMs).toBeGreaterThanOrEqual(0);
      expect(mesh.release(held).released).toBe(false);
    }
  }
}

function steps(maxLength: number): fc.Arbitrary<StepValue[]> {
  return fc.array(step, { minLength: 1, maxLength, size: 'max' });
}

describe('Coordinator, whatever happens', () => {
  it('never grants more than there is, lets no lease outlive its TTL, and gives every Acquire one end', () => {
    fc.assert(
      fc.property(steps(120), (all) => {
        const run = new Run();
        for (const one of all) {
          run.take(one);
          const { coordinator, nowMs, waiting } = run.mesh;
          // The model has checked each grant against capacity and epoch order.
          for (const lease of coordinator.leases()) expect(lease.expiresMs).toBeGreaterThan(nowMs);
          for (const lease of coordinator.leases())
            expect(lease.expiresMs).toBeLessThanOrEqual(nowMs + lease.ttlMs);
          expect(new Set(coordinator.waiters())).toEqual(waiting);
          expect(coordinator.nextDueMs() ?? Infinity).toBeGreaterThan(nowMs);
        }
        const ends = run.mesh.effects.flatMap((effect) =>
          effect.type === 'granted' || effect.type === 'refused' || effect.type === 'left'
            ? [effect.waiter.request.idempotencyKey]
            : [],
        );
        expect(new Set(ends).size).toBe(ends.length);
        const open = new Set([...run.mesh.waiting].map(({ request }) => request.idempotencyKey));
        for (const key of run.queued) expect(open.has(key) !== ends.includes(key)).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('lets nobody wait while a slot is free that it could have', () => {
    fc.assert(
      fc.property(steps(120), (all) => {
        const run = new Run();
        for (const one of all) {
          run.take(one.do === 'acquire' ? { ...one, slots: 1 } : one);
          const { coordinator } = run.mesh;
          const models = new Set(coordinator.waiters().map(({ request }) => request.model));
          for (const {
            device: { reported },
            live,
            leased,
          } of coordinator.devices())
            if (live && leased < reported.capacity)
              expect(models.has(reported.model) || models.has('')).toBe(false);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('has no waiter and no lease left when all have left and all is released', () => {
    fc.assert(
      fc.property(steps(80), (all) => {
        const run = new Run();
        for (const one of all) run.take(one);
        const { mesh } = run;
        for (const waiter of mesh.coordinator.waiters()) mesh.leave(waiter);
        for (const lease of mesh.coordinator.leases()) mesh.release(lease);
        expect([mesh.coordinator.waiting, mesh.coordinator.leased]).toEqual([0, 0]);
        for (const { leased } of mesh.coordinator.devices()) expect(leased).toBe(0);
      }),
      { numRuns: 100 },
    );
  });

  it('starves nobody: each waiter has its lease within a bounded number of releases', () => {
    const arrival = fc.record({
      client: fc.constantFrom(...clients),
      slots: fc.integer({ min: 1, max: 3 }),
      releases: fc.nat(2),
    });
    fc.assert(
      fc.property(fc.array(arrival, { minLength: 10, maxLength: 100 }), (arrivals) => {
        const mesh = new MeshModel();
        mesh.addEngine('e1', [device('d0', 4)]);
        const ahead = new Map<string, number>();
        const releasesAt = new Map<string, number>();
        let releases = 0;
        const releaseOldest = (): void => {
          const [oldest] = mesh.coordinator.leases();
          if (oldest === undefined) return;
          releases += 1;
          mesh.release(oldest);
        };
        arrivals.forEach(({ client, slots, releases: count }, index) => {
          const key = `k${index}`;
          const own = mesh.coordinator.waiters().filter(({ clientId }) => clientId === client);
          // Slots that its own client wants before it, times the clients that share the rounds.
          const rounds = own.reduce((sum, waiter) => sum + waiter.slots, slots) + 3;
          ahead.set(key, rounds * clients.length + 4);
          releasesAt.set(key, releases);
          mesh.acquire(wish(key, { clientId: client, slots }));
          for (let released = 0; released < count; released += 1) releaseOldest();
        });
        while (mesh.coordinator.waiting > 0 && mesh.coordinator.leased > 0) releaseOldest();
        expect(mesh.coordinator.waiting).toBe(0);
        for (const effect of mesh.effects) {
          if (effect.type !== 'granted') continue;
          const key = effect.waiter.request.idempotencyKey;
          const took = effect.grant.waitedMs === 0 ? 0 : releases - releasesAt.get(key)!;
          expect(took).toBeLessThanOrEqual(ahead.get(key)!);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('never lets a later request of the same client and kind overtake an earlier one', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 20, maxLength: 150 }), (coins) => {
        const mesh = new MeshModel();
        mesh.addEngine('e1', [device('d0', 2)]);
        mesh.addEngine('e2', [device('d0', 1)]);
        coins.forEach((acquires, index) => {
          if (acquires) mesh.acquire(wish(`k${index}`));
          else if (mesh.held.size > 0) mesh.release(nth(mesh.held.values(), index)!);
        });
        const order = mesh.effects.flatMap((effect) =>
          effect.type === 'granted' ? [Number(effect.waiter.request.idempotencyKey.slice(1))] : [],
        );
        expect(order).toEqual([...order].sort((one, other) => one - other));
      }),
    );
  });

  it('never grants a slot twice over a restart, in whatever order engines and holders come back', () => {
    const scenario = fc.record({
      before: fc.array(fc.record({ slots: fc.integer({ min: 1, max: 2 }), begin: fc.boolean() }), {
        minLength: 1,
        maxLength: 12,
      }),
      // Who comes back when, in ms after the restart; well within the holders' TTL.
      engineBack: fc.tuple(fc.nat(5_000), fc.nat(5_000)),
      holderBack: fc.nat(4_000),
      acquires: fc.array(fc.nat(20_000), { maxLength: 12 }),
    });
    fc.assert(
      fc.property(scenario, ({ before, engineBack, holderBack, acquires }) => {
        const mesh = new MeshModel();
        mesh.addEngine('e1', [device('d0', 4)]);
        mesh.addEngine('e2', [device('d0', 3)]);
        before.forEach(({ slots, begin }, index) => {
          if (mesh.acquire(wish(`k${index}`, { slots })) === 'granted' && begin)
            mesh.begin(mesh.granted().at(-1)!);
        });
        // The engines know the term by one lease at least.
        for (const lease of mesh.granted())
          if (mesh.engines.get(lease.place.engineId)!.highestEpoch === 0n) mesh.begin(lease);
        const heldBefore = new Set(mesh.held.keys());
        mesh.restartCoordinator();
        const startMs = mesh.nowMs;
        let asked = 0;
        for (let atMs = 0; atMs <= 20_000; atMs += 250) {
          mesh.advance(startMs + atMs - mesh.nowMs);
          if (atMs >= engineBack[0]) mesh.report(mesh.engines.get('e1')!);
          if (atMs >= engineBack[1]) mesh.report(mesh.engines.get('e2')!);
          if (atMs >= holderBack) mesh.keepAlive();
          for (const due of acquires)
            if (due >= atMs && due < atMs + 250) mesh.acquire(wish(`n${(asked += 1)}`));
          for (const name of ['e1', 'e2']) {
            const held = [...mesh.held.values()].filter(({ place }) => place.engineId === name);
            const slots = held.reduce((sum, lease) => sum + lease.slots, 0);
            expect(slots).toBeLessThanOrEqual(mesh.engines.get(name)!.devices[0]!.capacity);
          }
        }
        // Nobody who kept its lease alive has lost it.
        for (const leaseId of heldBefore) expect(mesh.coordinator.lease(leaseId)).toBeDefined();
        expect(mesh.nowMs - startMs).toBeGreaterThan(limits.ttlMs);
      }),
      { numRuns: 100 },
    );
  });
});
