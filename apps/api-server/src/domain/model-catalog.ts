/** What is known of one device of one engine. */
export interface DeviceFact {
  /** Unique per start of an engine process. */
  readonly engineId: string;
  /** Where that engine listens, host:port. */
  readonly engineAddress: string;
  readonly model: string;
  /** Tokens of context for one sequence. */
  readonly contextLength: number;
  /** Sequences that run at once. */
  readonly slots: number;
  /** Leases out on it. */
  readonly leased: number;
  /** False where its reports stopped, or the engine drains. */
  readonly live: boolean;
}

/** A model that live devices serve. */
export interface ServedModel {
  readonly id: string;
  /** The longest context that any device gives it, in tokens. */
  readonly contextLength: number;
  /** Sequences that all its devices together run at once. */
  readonly slots: number;
}

/** The devices known at one moment, and the models that the live ones serve, sorted by id. */
export interface ModelCatalog {
  readonly devices: readonly DeviceFact[];
  readonly models: readonly ServedModel[];
}

/** Which model a request means. */
export type ModelChoice =
  | { readonly kind: 'served'; readonly model: ServedModel }
  /** Devices are live, none with that model. */
  | { readonly kind: 'unknown' }
  /** No model was named, and there are several. */
  | { readonly kind: 'ambiguous' }
  /** No device is live. */
  | { readonly kind: 'none' };

export const emptyCatalog: ModelCatalog = { devices: [], models: [] };

/** Sums up a list of devices. Devices that name no model are kept, but serve nothing. */
export function buildCatalog(devices: readonly DeviceFact[]): ModelCatalog {
  const byId = new Map<string, ServedModel>();
  for (const { model, contextLength, slots, live } of devices) {
    if (!live || model === '') continue;
    const known = byId.get(model);
    byId.set(model, {
      id: model,
      contextLength: Math.max(contextLength, known?.contextLength ?? 0),
      slots: slots + (known?.slots ?? 0),
    });
  }
  const models = [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return { devices, models };
}

/** Ids of the served models, sorted. */
export function servedIds(catalog: ModelCatalog): string[] {
  return catalog.models.map(({ id }) => id);
}

/** Finds the model that a request names; an empty name means the only one. */
export function chooseModel(catalog: ModelCatalog, requested: string): ModelChoice {
  const [first, second] = catalog.models;
  if (first === undefined) return { kind: 'none' };
  if (requested === '')
    return second === undefined ? { kind: 'served', model: first } : { kind: 'ambiguous' };
  const model = catalog.models.find(({ id }) => id === requested);
  return model === undefined ? { kind: 'unknown' } : { kind: 'served', model };
}

/** The least loaded live device with this model, for calls that need no lease. */
export function deviceFor(catalog: ModelCatalog, model: string): DeviceFact | undefined {
  let best: DeviceFact | undefined;
  for (const device of catalog.devices) {
    if (!device.live || device.model !== model) continue;
    if (best === undefined || device.leased / device.slots < best.leased / best.slots) best = device;
  }
  return best;
}

/** Whether a live engine other than these serves the model. */
export function hasOtherEngine(catalog: ModelCatalog, model: string, except: readonly string[]): boolean {
  return catalog.devices.some(
    (device) => device.live && device.model === model && !except.includes(device.engineId),
  );
}
