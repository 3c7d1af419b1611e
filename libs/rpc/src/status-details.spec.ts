import protobuf from 'protobufjs';
import { decodeStatusDetails, encodeStatusDetails } from './status-details.ts';

// As in googleapis: google/rpc/status.proto, google/rpc/error_details.proto, google/protobuf/{any,duration}.proto.
const { root } = protobuf.parse(`
  syntax = "proto3";
  package google.rpc;
  message Any { string type_url = 1; bytes value = 2; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message BadRequest {
    message FieldViolation { string field = 1; string description = 2; string reason = 3; }
    repeated FieldViolation field_violations = 1;
  }
  message RetryInfo { Duration retry_delay = 1; }
  message DebugInfo { repeated string stack_entries = 1; string detail = 2; }
`);
const type = (name: string): protobuf.Type => root.lookupType(`google.rpc.${name}`);

function any(name: string, value: object): object {
  return { typeUrl: `type.googleapis.com/google.rpc.${name}`, value: type(name).encode(value).finish() };
}

const violations = [
  { field: 'messages[0].role', description: 'must be one of system, user, assistant' },
  { field: 'grüße', description: '' },
];

describe('google.rpc.Status', () => {
  it('is written as protobuf writes it', () => {
    const bytes = encodeStatusDetails(3, 'Bad request.', { violations, retryAfterMs: 90_500.25 });
    const status = type('Status').toObject(type('Status').decode(bytes)) as {
      code: number;
      message: string;
      details: { typeUrl: string; value: Uint8Array }[];
    };
    expect(status).toMatchObject({ code: 3, message: 'Bad request.' });
    const [badRequest, retryInfo] = status.details;
    expect(badRequest?.typeUrl).toBe('type.googleapis.com/google.rpc.BadRequest');
    expect(
      type('BadRequest')
        .decode(badRequest?.value ?? new Uint8Array())
        .toJSON(),
    ).toEqual({
      fieldViolations: violations,
    });
    expect(retryInfo?.typeUrl).toBe('type.googleapis.com/google.rpc.RetryInfo');
    expect(
      type('RetryInfo')
        .decode(retryInfo?.value ?? new Uint8Array())
        .toJSON(),
    ).toEqual({
      retryDelay: { seconds: '90', nanos: 500_250_000 },
    });
  });

  it('is read as protobuf writes it, details of other kinds left out', () => {
    const bytes = type('Status')
      .encode({
        code: 3,
        message: 'Bad request.',
        details: [
          any('DebugInfo', { stackEntries: ['a'], detail: 'b' }),
          any('BadRequest', { fieldViolations: [{ ...violations[0], reason: 'INVALID' }, violations[1]] }),
          any('RetryInfo', { retryDelay: { seconds: 90, nanos: 500_000_000 } }),
        ],
      })
      .finish();
    expect(decodeStatusDetails(bytes)).toEqual({ violations, retryAfterMs: 90_500 });
  });

  it('reads what it wrote', () => {
    for (const details of [
      { violations: [] },
      { violations, retryAfterMs: 0 },
      { violations: [], retryAfterMs: 1 },
    ]) {
      expect(decodeStatusDetails(encodeStatusDetails(8, '', details))).toEqual(details);
    }
  });

  it('refuses bytes that are none', () => {
    expect(() => decodeStatusDetails(Buffer.from([0x1a, 0xff, 0x01]))).toThrow();
  });
});
