import protobuf from 'protobufjs/light.js';
import { otlpDescriptors } from './descriptors.ts';
import type { Source } from './fields.ts';
import { Refusal } from './refusal.ts';

/** The three OTLP signals, as their gRPC services and messages are named. */
export type Signal = 'Trace' | 'Logs' | 'Metrics';

/** How a body is written. */
export type Encoding = 'protobuf' | 'json';

/** What a receiver took: rejected records are counted, with one sentence that says why. */
export interface Receipt {
  readonly rejected: number;
  readonly problem: string;
}

const root = protobuf.Root.fromJSON(otlpDescriptors).resolveAll();
const rejectedField = {
  Trace: 'rejectedSpans',
  Logs: 'rejectedLogRecords',
  Metrics: 'rejectedDataPoints',
} as const;

/**
 * Decodes the body of an `Export` call.
 *
 * @throws Refusal when the bytes are not what they are said to be.
 */
export function decodeExport(signal: Signal, body: Uint8Array, encoding: Encoding): Source {
  return encoding === 'json' ? parsed(body) : decoded(signal, body);
}

function decoded(signal: Signal, body: Uint8Array): Source {
  try {
    return root.lookupType(`Export${signal}ServiceRequest`).decode(body) as unknown as Source;
  } catch {
    throw new Refusal(`The body is not a protobuf Export${signal}ServiceRequest.`);
  }
}

function parsed(body: Uint8Array): Source {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'));
  } catch {
    throw new Refusal('The body is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refusal('The body must be a JSON object.');
  return value as Source;
}

/** The answer to an `Export` call; `partial_success` stands in it only when something was rejected. */
export function encodeReceipt(signal: Signal, receipt: Receipt, encoding: Encoding): Buffer {
  const partial = { [rejectedField[signal]]: receipt.rejected, errorMessage: receipt.problem };
  const answer = receipt.rejected > 0 || receipt.problem !== '' ? { partialSuccess: partial } : {};
  if (encoding === 'protobuf') return encoded(`Export${signal}ServiceResponse`, answer);
  const json = { ...partial, [rejectedField[signal]]: String(receipt.rejected) };
  return Buffer.from(JSON.stringify('partialSuccess' in answer ? { partialSuccess: json } : {}));
}

/** google.rpc.Status, which OTLP/HTTP wants as the body of every failure. */
export function encodeStatus(code: number, message: string, encoding: Encoding): Buffer {
  if (encoding === 'json') return Buffer.from(JSON.stringify({ code, message }));
  return encoded('RpcStatus', { code, message });
}

function encoded(type: string, value: object): Buffer {
  return Buffer.from(root.lookupType(type).encode(value).finish());
}
