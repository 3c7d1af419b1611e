import { status, type ServiceError } from '@grpc/grpc-js';
import { SpanKind } from '@opentelemetry/api';

/** grpc-js's codes, as the whole numbers that they are on the wire. */
export const okCode: number = status.OK;
export const cancelledCode: number = status.CANCELLED;
export const unknownCode: number = status.UNKNOWN;

/** Codes that are the server's own fault, and so an error of its span. */
const serverFaults = new Set<number>([
  status.UNKNOWN,
  status.DEADLINE_EXCEEDED,
  status.UNIMPLEMENTED,
  status.INTERNAL,
  status.UNAVAILABLE,
  status.DATA_LOSS,
]);

/** The conventions' name of a code, such as `DEADLINE_EXCEEDED`. */
export function statusName(code: number): string {
  return status[code] ?? 'UNKNOWN';
}

/** Whether a call that ended with `code` is an error of the span of this kind. */
export function isSpanError(kind: SpanKind, code: number): boolean {
  return kind === SpanKind.SERVER ? serverFaults.has(code) : code !== okCode;
}

/**
 * The code that grpc-js makes of what a handler or a stream reported: a whole number as it is,
 * anything else UNKNOWN. A reader that leaves its loop is reported by Node as ABORT_ERR.
 */
export function codeOf(reported: unknown): number {
  if (Number.isInteger(reported)) return reported as number;
  return reported === 'ABORT_ERR' ? cancelledCode : unknownCode;
}

/** Text of an error as callers see it, without the `13 INTERNAL: ` that grpc-js puts before it. */
export function withoutCode(message: string): string {
  return message.replace(/^\d{1,2} [A-Z_]+: /, '');
}

// A caller's deadline and the server's copy of it run out within one network delay of each other, and
// a busy process adds to that.
const deadlineToleranceMs = 100;

/**
 * Why a call that nobody answered was ended from outside: its deadline, or its caller. Both look the
 * same on the wire, so an end just before the deadline counts as the deadline.
 */
export function endedFromOutside(
  deadline: Date | number,
  arrivedAtMs: number,
): Pick<ServiceError, 'code' | 'name' | 'message'> {
  const deadlineAtMs = deadline instanceof Date ? deadline.getTime() : deadline;
  const toleranceMs = Math.min(deadlineToleranceMs, (deadlineAtMs - arrivedAtMs) / 2);
  return Number.isFinite(deadlineAtMs) && Date.now() >= deadlineAtMs - toleranceMs
    ? { name: 'Error', code: status.DEADLINE_EXCEEDED, message: 'Deadline exceeded' }
    : { name: 'Error', code: status.CANCELLED, message: 'Cancelled by the caller' };
}
