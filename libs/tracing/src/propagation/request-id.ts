import { randomUUID } from 'node:crypto';

/** Header and metadata key of the request id, both ways. */
export const requestIdHeader = 'x-request-id';

const allowed = /^[\x21-\x7e]{1,128}$/;

/** Whether `value` may be passed on as a request id: 1 to 128 printable ASCII characters, no space. */
export function isRequestId(value: unknown): value is string {
  return typeof value === 'string' && allowed.test(value);
}

/** A new request id: 32 lower-case hex digits. */
export function newRequestId(): string {
  return randomUUID().replaceAll('-', '');
}
