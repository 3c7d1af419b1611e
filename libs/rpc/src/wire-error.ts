import { Metadata } from '@grpc/grpc-js';
import { detailsKey, pushbackKey } from './error-metadata.ts';
import { isReceived, type RpcError } from './rpc-error.ts';
import { encodeStatusDetails, type FieldViolation, type StatusDetails } from './status-details.ts';
import { statusCode } from './status.ts';

// Peers in other languages refuse header blocks above 8 KiB, and percent encoding makes up to nine
// bytes of a character, so what an error carries is bounded here.
const maxEncodedMessageBytes = 2048;
const maxDetailsBytes = 3072;
const maxDescriptionCharacters = 512;
const maxTrailerCharacters = 512;

/** An error as grpc-js takes it from a handler. */
export interface WireError extends Error {
  code: number;
  details: string;
  metadata: Metadata;
}

/** Makes the error that is handed to grpc-js; `trailers` win over those of the error itself. */
export function toWireError(error: RpcError, trailers: Metadata): WireError {
  const message = sendableText(error.message);
  const metadata = new Metadata();
  if (!isReceived(error)) {
    for (const [key, value] of Object.entries(error.trailers)) metadata.set(key, sendableValue(value));
  }
  const code = statusCode(error.code);
  const details = sendableDetails(error);
  if (details) metadata.set(detailsKey, encodeStatusDetails(code, message, details));
  if (error.retryAfterMs !== undefined) metadata.set(pushbackKey, String(Math.ceil(error.retryAfterMs)));
  for (const key of Object.keys(trailers.getMap())) {
    metadata.remove(key);
    for (const value of trailers.get(key)) metadata.add(key, value);
  }
  return Object.assign(new Error(message), { name: 'RpcError', code, details: message, metadata });
}

// grpc-js percent-encodes with encodeURI, which throws on lone surrogates and so would end the process.
function sendableText(text: string): string {
  const wellFormed = text.toWellFormed();
  if (encodedLength(wellFormed) <= maxEncodedMessageBytes) return wellFormed;
  let kept = '';
  let bytes = 3;
  for (const character of wellFormed) {
    bytes += encodedLength(character);
    if (bytes > maxEncodedMessageBytes) break;
    kept += character;
  }
  return `${kept}...`;
}

// A trailer may hold what the caller sent, and grpc-js throws on what metadata cannot hold: here nobody
// would catch it.
function sendableValue(value: string): string {
  return value.slice(0, maxTrailerCharacters).replace(/[^\x20-\x7e]/g, '?');
}

function encodedLength(text: string): number {
  return encodeURI(text).length;
}

function sendableDetails(error: RpcError): StatusDetails | undefined {
  if (error.violations.length === 0 && error.retryAfterMs === undefined) return undefined;
  const violations: FieldViolation[] = [];
  let bytes = 0;
  for (const { field, description } of error.violations) {
    const violation = {
      field: field.slice(0, maxDescriptionCharacters),
      description: description.slice(0, maxDescriptionCharacters),
    };
    bytes += Buffer.byteLength(violation.field) + Buffer.byteLength(violation.description) + 12;
    if (bytes > maxDetailsBytes) break;
    violations.push(violation);
  }
  return { violations, ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }) };
}
