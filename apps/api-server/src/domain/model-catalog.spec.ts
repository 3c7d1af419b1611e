import {
  buildCatalog,
  chooseModel,
  deviceFor,
  hasOtherEngine,
  servedIds,
  type DeviceFact,
} from './model-catalog.ts';

function device(engineId: string, model: string, rest: Partial<DeviceFact> = {}): DeviceFact {
  const engineAddress = `${engineId}:50053`;
  return { engineId, engineAddress, model, contextLength: 512, slots: 4, leased: 0, live: true, ...rest };
}

const catalog = buildCatalog([
  device('e1', 'tiny', { leased: 3 }),
  device('e2', 'tiny', { contextLength: 1024, slots: 8, leased: 4 }),
  device('e3', 'large'),
  device('e4', 'tiny', { live: false }),
  device('e5', 'gone', { live: false }),
]);

describe('buildCatalog', () => {
  it('sums up the live devices by model, sorted', () => {
    expect(catalog.models).toEqual([
      { id: 'large', contextLength: 512, slots: 4 },
      { id: 'tiny', contextLength: 1024, slots: 12 },
    ]);
    expect(servedIds(catalog)).toEqual(['large', 'tiny']);
  });

  it('serves nothing through a device that names no model', () => {
    expect(buildCatalog([device('e1', '')]).models).toEqual([]);
  });
});

describe('chooseModel', () => {
  it('finds what is named', () => {
    expect(chooseModel(catalog, 'large')).toEqual({ kind: 'served', model: catalog.models[0] });
    expect(chooseModel(catalog, 'gone')).toEqual({ kind: 'unknown' });
  });

  it('takes an empty name for the only model, if there is exactly one', () => {
    const single = buildCatalog([device('e1', 'tiny'), device('e2', 'tiny')]);
    expect(chooseModel(single, '')).toEqual({ kind: 'served', model: single.models[0] });
    expect(chooseModel(catalog, '')).toEqual({ kind: 'ambiguous' });
  });

  it('says nothing where no device is live', () => {
    const idle = buildCatalog([device('e1', 'tiny', { live: false })]);
    expect(chooseModel(idle, 'tiny')).toEqual({ kind: 'none' });
    expect(chooseModel(idle, '')).toEqual({ kind: 'none' });
  });
});

describe('deviceFor', () => {
  it('takes the least loaded live device', () => {
    expect(deviceFor(catalog, 'tiny')?.engineId).toBe('e2');
    expect(deviceFor(catalog, 'gone')).toBeUndefined();
  });
});

describe('hasOtherEngine', () => {
  it('looks past the engines that failed', () => {
    expect(hasOtherEngine(catalog, 'tiny', ['e1'])).toBe(true);
    expect(hasOtherEngine(catalog, 'tiny', ['e1', 'e2'])).toBe(false);
    expect(hasOtherEngine(catalog, 'large', ['e3'])).toBe(false);
  });
});
