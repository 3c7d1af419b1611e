/**
 * Whether the traces of callers are continued, or a new one is begun for each request, linked to the
 * caller's.
 */
export type CallerTrust = 'continue' | 'restart';

let trust: CallerTrust = 'continue';

/** Sets it for every request that this process serves from here on. */
export function trustCallers(as: CallerTrust): void {
  trust = as;
}

/** What goes for the request that is arriving. */
export function callerTrust(): CallerTrust {
  return trust;
}
