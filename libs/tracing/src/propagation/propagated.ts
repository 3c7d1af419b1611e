/** What of `OTEL_PROPAGATORS` there is. */
export type PropagatorName = 'tracecontext' | 'baggage';

export const propagatorNames: readonly PropagatorName[] = ['tracecontext', 'baggage'];

/** Which parts of a context are read and written. The request id always is. */
export interface Propagated {
  readonly trace: boolean;
  readonly baggage: boolean;
}

let current: Propagated = { trace: true, baggage: true };

/** Sets it for everything that this process receives and sends from here on. */
export function propagateBy(names: readonly PropagatorName[]): void {
  current = { trace: names.includes('tracecontext'), baggage: names.includes('baggage') };
}

/** What goes now. */
export function propagated(): Propagated {
  return current;
}
