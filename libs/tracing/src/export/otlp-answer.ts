import { status } from '@grpc/grpc-js';
import { bytesOf, numberOf, readFields, textOf } from './protobuf-reader.ts';

/** How one `Export` call ended. */
export interface Answer {
  readonly code: status;
  readonly details: string;
  /** The response, where the code is OK. */
  readonly message: Uint8Array | undefined;
  /** `grpc-status-details-bin`. */
  readonly statusDetails: Uint8Array | undefined;
  /** The collector said something; otherwise, the code was made on this side. */
  readonly answered: boolean;
}

/** What an answer means for the items of the request. */
export type Verdict =
  | {
      readonly kind: 'taken';
      /** Of the items, this many were not kept. */
      readonly rejected: number;
      /** What the collector has to say about them, or a warning. */
      readonly message: string;
      /** The response could not be read; the collector took the items all the same. */
      readonly unreadable: boolean;
    }
  | { readonly kind: 'retry'; readonly afterMs: number | undefined }
  | { readonly kind: 'too_large' }
  | { readonly kind: 'refused' };

// OTLP's list, but for RESOURCE_EXHAUSTED, which may be tried again only where the collector says when.
const retryable: ReadonlySet<status> = new Set([
  status.CANCELLED,
  status.DEADLINE_EXCEEDED,
  status.ABORTED,
  status.OUT_OF_RANGE,
  status.UNAVAILABLE,
  status.DATA_LOSS,
]);

// No collector is known to take less: what is refused below was not refused for its size.
const surelySmallBytes = 64 * 1024;

/** Decides by the OTLP specification, from the answer to a request of `requestBytes`. */
export function judge(answer: Answer, requestBytes: number): Verdict {
  const { code, answered, details, statusDetails } = answer;
  if (code === status.OK) return taken(answer.message);
  if (retryable.has(code)) return { kind: 'retry', afterMs: retryAfter(statusDetails) };
  if (code === status.RESOURCE_EXHAUSTED) {
    const afterMs = retryAfter(statusDetails);
    if (afterMs !== undefined) return { kind: 'retry', afterMs };
    const aboutSize = /larger than|too large|exceeds|message size/i.test(details);
    return { kind: aboutSize || requestBytes > surelySmallBytes ? 'too_large' : 'refused' };
  }
  // A connection that broke in the middle of a call is INTERNAL to grpc-js; the collector did not say so.
  if (code === status.INTERNAL && !answered) return { kind: 'retry', afterMs: undefined };
  return { kind: 'refused' };
}

/** `Export{Trace,Logs,Metrics}ServiceResponse`: the three are alike. */
function taken(message: Uint8Array | undefined): Verdict {
  let rejected = 0;
  let said = '';
  try {
    if (message === undefined) throw new RangeError('there is no response');
    for (const field of readFields(message)) {
      if (field.number !== 1) continue;
      for (const part of readFields(bytesOf(field))) {
        if (part.number === 1) rejected = numberOf(part);
        else if (part.number === 2) said = textOf(part);
      }
    }
    return { kind: 'taken', rejected, message: said, unreadable: false };
  } catch {
    return { kind: 'taken', rejected: 0, message: '', unreadable: true };
  }
}

const retryInfoType = 'google.rpc.RetryInfo';

/** The delay of the `google.rpc.RetryInfo` among the details of a `google.rpc.Status`. */
function retryAfter(statusDetails: Uint8Array | undefined): number | undefined {
  if (statusDetails === undefined) return undefined;
  try {
    for (const detail of readFields(statusDetails)) {
      if (detail.number !== 3) continue;
      const [type, value] = typedValue(bytesOf(detail));
      if (type.endsWith(retryInfoType)) return delayOf(value);
    }
  } catch {
    // What cannot be read says nothing.
  }
  return undefined;
}

function typedValue(any: Uint8Array): readonly [type: string, value: Uint8Array] {
  let type = '';
  let value: Uint8Array = new Uint8Array();
  for (const field of readFields(any)) {
    if (field.number === 1) type = textOf(field);
    else if (field.number === 2) value = bytesOf(field);
  }
  return [type, value];
}

/** RetryInfo's Duration in milliseconds; 0 where it has none. */
function delayOf(retryInfo: Uint8Array): number {
  let delayMs = 0;
  for (const field of readFields(retryInfo)) {
    if (field.number !== 1) continue;
    for (const part of readFields(bytesOf(field))) {
      if (part.number === 1) delayMs += numberOf(part) * 1_000;
      else if (part.number === 2) delayMs += numberOf(part) / 1e6;
    }
  }
  return delayMs;
}
