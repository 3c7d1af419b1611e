import type { Device } from '../engine-registry.ts';
import type { LeaseRequest } from '../lease.ts';

/** Leaves out the engines that failed this very request. */
export function avoided({ avoidEngineIds }: LeaseRequest, { engine }: Device): 'avoided' | undefined {
  return avoidEngineIds.includes(engine.engineId) ? 'avoided' : undefined;
}
