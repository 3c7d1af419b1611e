import protobuf from 'protobufjs/minimal.js';

/** One field of a request that is wrong, and why. */
export interface FieldViolation {
  /** Path of the field as the caller wrote it, e.g. `messages[0].role`. */
  field: string;
  description: string;
}

// google.rpc.Status { code = 1, message = 2, details = 3 (Any { type_url = 1, value = 2 }) } with
// BadRequest { field_violations = 1 { field = 1, description = 2 } } and
// RetryInfo { retry_delay = 1 (Duration { seconds = 1, nanos = 2 }) }: few enough to read and write by hand.
const badRequestUrl = 'type.googleapis.com/google.rpc.BadRequest';
const retryInfoUrl = 'type.googleapis.com/google.rpc.RetryInfo';

const lengthDelimited = 2;
const tag = (field: number, wireType: number): number => (field << 3) | wireType;

/** What `grpc-status-details-bin` says beyond the status itself. */
export interface StatusDetails {
  violations: FieldViolation[];
  retryAfterMs?: number;
}

/** Encodes a `google.rpc.Status` as any gRPC implementation reads it. */
export function encodeStatusDetails(code: number, message: string, details: StatusDetails): Buffer {
  const writer = protobuf.Writer.create();
  writer.uint32(tag(1, 0)).int32(code).uint32(tag(2, lengthDelimited)).string(message);
  if (details.violations.length > 0) writeAny(writer, badRequestUrl, badRequest(details.violations));
  if (details.retryAfterMs !== undefined) writeAny(writer, retryInfoUrl, retryInfo(details.retryAfterMs));
  return Buffer.from(writer.finish());
}

/** Reads what it knows of a `google.rpc.Status` and skips the rest. Throws on bytes that are none. */
export function decodeStatusDetails(bytes: Uint8Array): StatusDetails {
  const details: StatusDetails = { violations: [] };
  eachField(bytes, (field, reader) => {
    if (field !== 3) return false;
    let url = '';
    let value: Uint8Array = new Uint8Array();
    eachField(reader.bytes(), (anyField, any) => {
      if (anyField === 1) url = any.string();
      else if (anyField === 2) value = any.bytes();
      else return false;
      return true;
    });
    if (url.endsWith('/google.rpc.BadRequest')) details.violations.push(...readBadRequest(value));
    if (url.endsWith('/google.rpc.RetryInfo')) details.retryAfterMs = readRetryInfo(value);
    return true;
  });
  return details;
}

function writeAny(writer: protobuf.Writer, url: string, value: Uint8Array): void {
  writer.uint32(tag(3, lengthDelimited)).fork();
  writer.uint32(tag(1, lengthDelimited)).string(url).uint32(tag(2, lengthDelimited)).bytes(value).ldelim();
}

function badRequest(violations: readonly FieldViolation[]): Uint8Array {
  const writer = protobuf.Writer.create();
  for (const { field, description } of violations) {
    writer.uint32(tag(1, lengthDelimited)).fork();
    writer.uint32(tag(1, lengthDelimited)).string(field);
    writer.uint32(tag(2, lengthDelimited)).string(description).ldelim();
  }
  return writer.finish();
}

function retryInfo(retryAfterMs: number): Uint8Array {
  const writer = protobuf.Writer.create();
  writer.uint32(tag(1, lengthDelimited)).fork();
  writer.uint32(tag(1, 0)).int64(Math.floor(retryAfterMs / 1000));
  writer
    .uint32(tag(2, 0))
    .int32(Math.round((retryAfterMs % 1000) * 1e6))
    .ldelim();
  return writer.finish();
}

function readBadRequest(bytes: Uint8Array): FieldViolation[] {
  const violations: FieldViolation[] = [];
  eachField(bytes, (field, reader) => {
    if (field !== 1) return false;
    const violation: FieldViolation = { field: '', description: '' };
    eachField(reader.bytes(), (inner, violationReader) => {
      if (inner === 1) violation.field = violationReader.string();
      else if (inner === 2) violation.description = violationReader.string();
      else return false;
      return true;
    });
    violations.push(violation);
    return true;
  });
  return violations;
}

function readRetryInfo(bytes: Uint8Array): number {
  let ms = 0;
  eachField(bytes, (field, reader) => {
    if (field !== 1) return false;
    eachField(reader.bytes(), (inner, duration) => {
      if (inner === 1) ms += Number(duration.int64()) * 1000;
      else if (inner === 2) ms += duration.int32() / 1e6;
      else return false;
      return true;
    });
    return true;
  });
  return ms;
}

/** Calls `read` for each field; where it returns false the field is skipped. */
function eachField(bytes: Uint8Array, read: (field: number, reader: protobuf.Reader) => boolean): void {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const key = reader.uint32();
    if (!read(key >>> 3, reader)) reader.skipType(key & 7);
  }
}
