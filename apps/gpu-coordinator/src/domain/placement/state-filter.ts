import type { Engine } from '../engine-registry.ts';

/**
 * Leaves out an engine that takes no lease now: its stream has ended or is silent, it finishes what it has, or it
 * knows leases of an earlier coordinator. One that settles does so until the tick that ends it.
 */
export function notNow(engine: Engine): 'silent' | 'draining' | 'settling' | undefined {
  if (!engine.live) return 'silent';
  if (engine.draining) return 'draining';
  return engine.settledAtMs === -Infinity ? undefined : 'settling';
}
