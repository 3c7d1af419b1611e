import { randomUUID } from 'node:crypto';
import { isPrintable } from './characters.ts';

/** Header and metadata key of the request id, both ways. */
export const requestIdHeader = 'x-request-id';

const maxCharacters = 128;
const exclamationMark = 0x21;

/** Whether `value` may be passed on as a request id: 1 to 128 printable ASCII characters, no space. */
export function isRequestId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= maxCharacters &&
    isPrintable(value, exclamationMark)
  );
}

/** A new request id: 32 lower-case hex digits. */
export function newRequestId(): string {
  return randomUUID().replaceAll('-', '');
}
