import { status, type ServiceError } from '@grpc/grpc-js';
import { SpanKind } from '@opentelemetry/api';

/** grpc-js's codes, as the whole numbers that they are on the wire. */
export const okCode: number = status.OK;
export const cancelledCode: number = status.CANCELLED;
export const unknownCode: number = status.UNKNOWN;
export const unimplementedCode: number = status.UNIMPLEMENTED;

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

/** The code of that name; UNKNOWN where there is none. */
export function codeNamed(name: string): number {
  return status[name as keyof typeof status] ?? unknownCode;
}

/** Whether a call that ended with `code` is an error of the span of this kind. */
export function isSpanError(kind: SpanKind, code: number): boolean {
  return kind === SpanKind.SERVER ? serverFaults.has(code) : code !== okCode;
}

/** The code that grpc-js makes of what a handler or a stream reported: a whole number as it is, anything else UNKNOWN. */
export function codeOf(reported: unknown): number {
  return Number.isInteger(reported) ? (reported as number) : unknownCode;
}

/** How a call ended, as a span needs it. */
export interface CallEnd {
  readonly code: number;
  readonly message: string;
}

/** The end of a call whose reader destroyed the stream: grpc-js knows none. */
export const readerLeft: CallEnd = { code: cancelledCode, message: 'The reader left' };

/** The end of a call that grpc-js refused to begin. */
export const notStarted: CallEnd = { code: status.INTERNAL, message: 'The call could not be started' };

/** What grpc-js itself answers to a handler that throws. */
export const handlerThrew: CallEnd = { code: unknownCode, message: 'Unknown error' };

/** Text of an error as callers see it, without the `13 INTERNAL: ` that grpc-js puts before it. */
export function withoutCode(message: string): string {
  return message.replace(/^\d{1,2} [A-Z_]+: /, '');
}

/** The text that grpc-js sends for what a handler reported. */
export function sentText(reported: object): string {
  const { code, details, message } = reported as Partial<ServiceError>;
  if (Number.isInteger(code) && typeof details === 'string') return details;
  return 'message' in reported ? String(message) : 'Unknown Error';
}
