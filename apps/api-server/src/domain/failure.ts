/** The codes with which this service answers a request that it cannot fulfil. */
export type FailureCode =
  | 'CANCELLED'
  | 'DEADLINE_EXCEEDED'
  | 'INTERNAL'
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'RESOURCE_EXHAUSTED'
  | 'UNAVAILABLE'
  | 'UNIMPLEMENTED';

/** One field of a request that cannot be accepted, named as in the contract (`messages[0].role`). */
export interface Violation {
  readonly field: string;
  /** What is wrong and what would be right, to be read after the field's name. */
  readonly description: string;
}

/** What a caller is told: a code, sentences that make sense without knowing the mesh, and hints. */
export interface Failure {
  readonly code: FailureCode;
  readonly message: string;
  readonly violations?: readonly Violation[];
  /** When the same request may be sent again; absent where that would not help. */
  readonly retryAfterMs?: number;
}

/** How a call to the coordinator or an engine failed, as it came over the wire. */
export interface InnerFailure {
  readonly code: string;
  readonly message: string;
  readonly violations?: readonly Violation[];
  readonly retryAfterMs?: number | undefined;
}

/** Tokens that a caller already has; undefined where an answer has none, as with vectors. */
export type TokensSent = number | undefined;

/** Hint given where nothing better is known: about one poll of the device list. */
export const defaultRetryAfterMs = 1_000;

/** The refusal of a request with these (at least one) violations. */
export function invalidRequest(violations: readonly Violation[]): Failure {
  const problems = violations.map(({ field, description }) => `${field} ${description}`).join('; ');
  return { code: 'INVALID_ARGUMENT', message: `The request cannot be accepted: ${problems}.`, violations };
}

/** The refusal of a model that no live device serves. */
export function unknownModel(requested: string, served: readonly string[]): Failure {
  const offer =
    served.length === 0 ? 'ListModels tells what is served.' : `Served now: ${served.join(', ')}.`;
  const name = requested === '' ? 'of any name' : `"${cut(requested)}"`;
  return { code: 'NOT_FOUND', message: `No device serves a model ${name}. ${offer}` };
}

/** The refusal of a request beyond the limit of requests in flight. */
export function tooManyRequests(limit: number): Failure {
  return {
    code: 'RESOURCE_EXHAUSTED',
    message: `This server already works on ${limit} requests, its limit. Send the request again in a moment.`,
    retryAfterMs: defaultRetryAfterMs,
  };
}

/** The end of a request whose lease the coordinator no longer honours. */
export function leaseLost(tokensSent: TokensSent): Failure {
  return {
    code: 'UNAVAILABLE',
    message: `The lease on the device was lost ${progress(tokensSent)}. ${mend(tokensSent)}`,
    retryAfterMs: defaultRetryAfterMs,
  };
}

/** The end of a request whose engine went away, or gave up on it. */
export function engineLost(tokensSent: TokensSent): Failure {
  return {
    code: 'UNAVAILABLE',
    message: `The engine was lost ${progress(tokensSent)}. ${mend(tokensSent)}`,
    retryAfterMs: defaultRetryAfterMs,
  };
}

/** The end of a request whose leases the engines refused, twice in a row. */
export function leaseRefused(): Failure {
  return {
    code: 'UNAVAILABLE',
    message:
      'The engine refused the lease that was granted on it, twice. Send the request again in a moment.',
    retryAfterMs: defaultRetryAfterMs,
  };
}

/** Nobody can say which devices there are. */
export function coordinatorAway(): Failure {
  return {
    code: 'UNAVAILABLE',
    message: 'The coordinator of the devices cannot be reached. Send the request again in a moment.',
    retryAfterMs: defaultRetryAfterMs,
  };
}

/** No live device is registered. */
export function noDevice(): Failure {
  return {
    code: 'UNAVAILABLE',
    message: 'No device is available now. Send the request again in a moment.',
    retryAfterMs: defaultRetryAfterMs,
  };
}

/** Reads the coordinator's answer to Acquire: what the caller is told where no lease was granted. */
export function acquireFailure(inner: InnerFailure, model: string, served: readonly string[]): Failure {
  switch (inner.code) {
    case 'INVALID_ARGUMENT':
      return passedThrough(inner);
    case 'NOT_FOUND':
      return unknownModel(model, served);
    case 'RESOURCE_EXHAUSTED':
      return {
        code: 'RESOURCE_EXHAUSTED',
        message: 'Too many requests already wait for a device. Send the request again in a moment.',
        retryAfterMs: inner.retryAfterMs ?? defaultRetryAfterMs,
      };
    case 'DEADLINE_EXCEEDED':
      return {
        code: 'DEADLINE_EXCEEDED',
        message: 'The deadline passed while the request waited for a device.',
      };
    case 'UNAVAILABLE':
      // With its hint the coordinator says itself what is the matter; a broken connection has none.
      return inner.retryAfterMs === undefined
        ? coordinatorAway()
        : {
            code: 'UNAVAILABLE',
            message: `${inner.message} Send the request again in a moment.`,
            retryAfterMs: inner.retryAfterMs,
          };
    case 'CANCELLED':
      // Not by the caller, whose leaving is seen before: the coordinator was stopped.
      return coordinatorAway();
    default:
      return { code: 'INTERNAL', message: 'The coordinator failed to give the request a device.' };
  }
}

/** Reads how Generate, Embed or Tokenize failed for good: what the caller is told. */
export function engineFailure(inner: InnerFailure, tokensSent: TokensSent): Failure {
  switch (inner.code) {
    case 'INVALID_ARGUMENT':
      return passedThrough(inner);
    case 'NOT_FOUND':
      return {
        code: 'NOT_FOUND',
        message: 'The device no longer serves this model. ListModels tells what is served.',
      };
    case 'RESOURCE_EXHAUSTED':
      return {
        code: 'RESOURCE_EXHAUSTED',
        message:
          inner.retryAfterMs === undefined
            ? 'The engine has no room for this request.'
            : 'The engine is full. Send the request again in a moment.',
        ...(inner.retryAfterMs === undefined ? {} : { retryAfterMs: inner.retryAfterMs }),
      };
    case 'DEADLINE_EXCEEDED':
      return { code: 'DEADLINE_EXCEEDED', message: `The deadline passed ${progress(tokensSent)}.` };
    case 'FAILED_PRECONDITION':
      return leaseRefused();
    case 'UNIMPLEMENTED':
      // The server behind the engine lacks it, and the engine says what.
      return { code: 'UNIMPLEMENTED', message: inner.message };
    case 'UNAVAILABLE':
    case 'CANCELLED':
      // A cancel that is not the caller's: the engine was stopped with the call in it.
      return engineLost(tokensSent);
    default:
      return { code: 'INTERNAL', message: `The engine failed ${progress(tokensSent)}.` };
  }
}

function passedThrough(inner: InnerFailure): Failure {
  const { message, violations = [] } = inner;
  if (violations.length === 0) return { code: 'INVALID_ARGUMENT', message };
  return invalidRequest(
    violations.map(({ field, description }) => ({ field: callersField(field), description })),
  );
}

/** The engine's contract groups its fields, and calls a prompt without a template its text; the caller's does neither. */
function callersField(field: string): string {
  if (field === 'text') return 'prompt';
  return field.replace(/^(?:sampling|stopping|chat)\./, '');
}

function progress(tokensSent: TokensSent): string {
  if (tokensSent === undefined) return 'before there was an answer';
  if (tokensSent === 0) return 'before the first token';
  return `after ${tokensSent} ${tokensSent === 1 ? 'token' : 'tokens'}`;
}

function mend(tokensSent: TokensSent): string {
  if (tokensSent === undefined) return 'Send the request again in a moment.';
  const state = tokensSent === 0 ? 'Nothing was generated' : 'The text is incomplete';
  return `${state}; send the request again in a moment.`;
}

function cut(name: string): string {
  return name.length <= 80 ? name : `${name.slice(0, 80)}…`;
}
