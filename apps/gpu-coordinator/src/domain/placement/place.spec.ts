import fc from 'fast-check';
import { device as reportedDevice, MeshModel, wish } from '../../test/mesh-model.ts';
import type { Device, Engine } from '../engine-registry.ts';
import { EngineRegistry } from '../engine-registry.ts';
import { filterOf, place } from './place.ts';
import { MAX_IMBALANCE } from './prefix-affinity.ts';
import { loadOf, type Usage } from './usage.ts';

interface Draft {
  readonly slots?: number;
  readonly leased?: number;
  readonly model?: string;
  readonly promised?: number;
  readonly kvLimit?: number;
  readonly live?: boolean;
  readonly draining?: boolean;
  readonly settledAtMs?: number;
  readonly open?: boolean;
  readonly knows?: string;
}

const noLoad = { active: 0, queued: 0, kvTokensUsed: 0, memoryUsedBytes: 0, memoryTotalBytes: 0 };

/** Devices `d0`, `d1`, … of engines `e0`, `e1`, … */
function usagesOf(drafts: readonly Draft[]): Usage[] {
  const registry = new EngineRegistry();
  return drafts.map((draft, index) => {
    const { slots = 8, leased = 0, promised = 0, kvLimit = 0 } = draft;
    const engine: Engine = registry.expect(`e${index}`, `e${index}:1`, Infinity);
    const reported = reportedDevice('d', slots + 2, draft.model ?? 'm');
    registry.takeDevices(engine, [{ ...reported, load: { ...noLoad, kvTokensLimit: kvLimit } }]);
    engine.live = draft.live ?? true;
    engine.draining = draft.draining ?? false;
    engine.settledAtMs = draft.settledAtMs ?? -Infinity;
    const device: Device = registry.device(engine.engineId, 'd')!;
    device.prefixes.use(draft.knows ?? '', slots);
    return {
      device,
      leasedSlots: leased,
      promisedKvTokens: promised,
      freeSlots: slots + 2 - leased,
      open: draft.open ?? true,
    };
  });
}

function placed(drafts: readonly Draft[], over: Parameters<typeof wish>[1] = {}) {
  const placement = place(wish('k', { model: 'm', prefixKey: 'p', ...over }), usagesOf(drafts));
  return placement && [placement.device.engine.engineId, placement.reason, placement.candidates];
}

describe('place', () => {
  it('says of each device that it leaves out why', () => {
    const drafts: Draft[] = [
      { model: 'other' },
      { slots: 1 },
      {},
      { draining: true },
      { live: false },
      { settledAtMs: 5_000 },
      { leased: 6 },
      { open: false },
      {},
    ];
    const request = wish('k', { model: 'm', slots: 5, avoidEngineIds: ['e2'] });
    const placement = place(request, usagesOf(drafts));

    expect(placement).toMatchObject({ reason: 'only_device', candidates: 1 });
    expect(placement?.device.engine.engineId).toBe('e8');
    expect(placement?.filtered).toEqual([
      'e0: other_model',
      'e1: too_small',
      'e2: avoided',
      'e3: draining',
      'e4: silent',
      'e5: settling',
      'e6: full',
      'e7: full',
    ]);
    expect(place(request, usagesOf(drafts.slice(0, 8)))).toBeUndefined();
  });

  it('takes the least loaded for its size, and the lowest number of equals', () => {
    expect(placed([{ leased: 3 }, { leased: 1 }])).toEqual(['e1', 'least_loaded', 2]);
    expect(placed([{ leased: 3 }, { slots: 16, leased: 4 }])).toEqual(['e1', 'least_loaded', 2]);
    expect(placed([{ leased: 1 }, { leased: 1 }])).toEqual(['e0', 'lowest_id', 2]);
  });

  it('takes one that has room in its cache for what is promised before all else', () => {
    const over = { kvLimit: 1_000, promised: 600, knows: 'p' };
    expect(placed([over, { kvLimit: 1_000, leased: 7 }], { kvTokens: 500 })).toEqual([
      'e1',
      'least_loaded',
      2,
    ]);
    expect(placed([over, { kvLimit: 1_000, leased: 7 }], { kvTokens: 400 })?.[0]).toBe('e0');
  });

  it('follows the beginning of the prompt as far as a quarter of the slots, and no further', () => {
    expect(placed([{}, { leased: 2, knows: 'p' }])).toEqual(['e1', 'prefix_affinity', 2]);
    expect(placed([{}, { leased: 3, knows: 'p' }])).toEqual(['e0', 'least_loaded', 2]);
    expect(placed([{}, { leased: 2, knows: 'q' }])).toEqual(['e0', 'least_loaded', 2]);
    expect(placed([{ knows: 'p' }, { leased: 1, knows: 'p' }])).toEqual(['e0', 'least_loaded', 2]);
    expect(placed([{}, { leased: 2, knows: 'p' }], { prefixKey: '' })?.[0]).toBe('e0');
  });

  it('does not follow it to a device without a slot that runs at once', () => {
    expect(placed([{ leased: 7 }, { leased: 8, knows: 'p' }])).toEqual(['e0', 'least_loaded', 2]);
    expect(placed([{}, { slots: 1, knows: 'p' }])).toEqual(['e1', 'prefix_affinity', 2]);
    expect(placed([{}, { slots: 1, leased: 1, knows: 'p' }])?.[0]).toBe('e0');
  });

  const draft: fc.Arbitrary<Draft> = fc.record({
    slots: fc.integer({ min: 1, max: 16 }),
    leased: fc.integer({ min: 0, max: 12 }),
    model: fc.constantFrom('m', 'm', 'm', 'other'),
    promised: fc.integer({ min: 0, max: 2_000 }),
    kvLimit: fc.constantFrom(0, 1_000, 2_000),
    live: fc.constantFrom(true, true, true, false),
    draining: fc.constantFrom(false, false, false, true),
    settledAtMs: fc.constantFrom(-Infinity, -Infinity, 5_000),
    open: fc.constantFrom(true, true, false),
    knows: fc.constantFrom('', 'p', 'q'),
  });

  it('never takes a device that a filter leaves out, nor lets a prefix unbalance the devices', () => {
    fc.assert(
      fc.property(
        fc.array(draft, { maxLength: 10 }),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom([], ['e0'], ['e1', 'e2']),
        (drafts, slots, avoidEngineIds) => {
          const request = wish('k', { model: 'm', prefixKey: 'p', slots, avoidEngineIds, kvTokens: 300 });
          const usages = usagesOf(drafts);
          const candidates = usages.filter((usage) => filterOf(request, usage) === undefined);
          const placement = place(request, usages);
          expect(placement?.candidates ?? 0).toBe(candidates.length);
          if (placement === undefined) return;
          const chosen = candidates.find(({ device }) => device === placement.device);
          expect(chosen).toBeDefined();
          const least = Math.min(...candidates.map(loadOf));
          if (placement.reason === 'prefix_affinity') {
            expect(loadOf(chosen!) - least).toBeLessThanOrEqual(MAX_IMBALANCE);
            expect(chosen!.leasedSlots + slots).toBeLessThanOrEqual(chosen!.device.reported.slots);
          }
          // The same devices, the same place, in whatever order they are looked at.
          expect(place(request, [...usages].reverse())?.device).toBe(placement.device);
        },
      ),
    );
  });
});

describe('the coordinator', () => {
  it('brings prompts that begin alike together, until one device is noticeably more loaded', () => {
    const mesh = new MeshModel();
    mesh.addEngine('e1', [reportedDevice('d', 10)]);
    mesh.addEngine('e2', [reportedDevice('d', 10)]);
    for (let index = 0; index < 6; index += 1) mesh.acquire(wish(`a${index}`, { prefixKey: 'a' }));

    expect(mesh.granted().map(({ place: { engineId } }) => engineId)).toEqual([
      'e1',
      'e1',
      'e1',
      'e2',
      'e2',
      'e2',
    ]);
  });

  it('forgets what was placed on an engine that was started anew', () => {
    const mesh = new MeshModel();
    mesh.addEngine('e1', [reportedDevice('d', 10)], 'one:1');
    mesh.acquire(wish('a1', { prefixKey: 'a' }));
    mesh.addEngine('e2', [reportedDevice('d', 10)], 'two:1');
    mesh.addEngine('e3', [reportedDevice('d', 10)], 'one:1');
    mesh.acquire(wish('b1', { prefixKey: 'b' }));
    mesh.acquire(wish('a2', { prefixKey: 'a' }));

    expect(mesh.granted().map(({ place: { engineId } }) => engineId)).toEqual(['e1', 'e3', 'e2']);
  });
});
