import type { Device } from '../engine-registry.ts';
import type { LeaseRequest } from '../lease.ts';

/** Leaves out a device that serves another model than the request names. */
export function otherModel({ model }: LeaseRequest, { reported }: Device): 'other_model' | undefined {
  return model === '' || model === reported.model ? undefined : 'other_model';
}
