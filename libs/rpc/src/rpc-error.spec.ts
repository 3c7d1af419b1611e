import { Metadata, status } from '@grpc/grpc-js';
import { RpcError, statusCode, statusName } from './index.ts';
import { toWireError } from './wire-error.ts';

const fixedText = 'The request failed because of an internal error.';

function received(code: number, details: string, entries: Record<string, string | Buffer> = {}): object {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(entries)) metadata.set(key, value);
  return Object.assign(new Error(`${code} X: ${details}`), { code, details, metadata });
}

describe('RpcError.from', () => {
  it('leaves an RpcError as it is', () => {
    const error = new RpcError('NOT_FOUND', 'No such model.');
    expect(RpcError.from(error)).toBe(error);
  });

  it('takes a connection that broke down under a call for lost', () => {
    const details =
      'Received RST_STREAM with code 2 triggered by internal client error: Session closed with error code 2';
    expect(RpcError.from(received(13, details)).code).toBe('UNAVAILABLE');
    expect(RpcError.from(received(13, 'Received RST_STREAM with code 2 (Internal server error)')).code).toBe(
      'INTERNAL',
    );
  });

  it('takes an error of grpc-js with the text of the server alone', () => {
    const cause = received(5, 'No such model.', {
      'x-request-id': 'r',
      'content-type': 'application/grpc',
      'grpc-retry-pushback-ms': '1500',
      'grpc-status-details-bin': Buffer.from([0xff]),
    });
    expect(RpcError.from(cause)).toMatchObject({
      code: 'NOT_FOUND',
      message: 'No such model.',
      violations: [],
      retryAfterMs: 1_500,
      trailers: { 'x-request-id': 'r' },
      cause,
    });
    expect(Object.keys(RpcError.from(cause).trailers)).toEqual(['x-request-id']);
  });

  it.each([
    ['-1', undefined],
    ['soon', undefined],
    ['0', 0],
  ])('takes a pushback of %s as %s', (value, expected) => {
    expect(RpcError.from(received(14, '', { 'grpc-retry-pushback-ms': value })).retryAfterMs).toBe(expected);
  });

  it('knows aborts and timeouts', () => {
    expect(RpcError.from(AbortSignal.abort().reason)).toMatchObject({ code: 'CANCELLED' });
    expect(RpcError.from(new DOMException('', 'TimeoutError'))).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  });

  it.each([
    [new Error('password is hunter2')],
    ['a string'],
    [undefined],
    [null],
    [42],
    [Object.create(null)],
    [{ code: 5 }],
    [{ code: '5', details: 'x' }],
    [{ code: 0, details: 'x' }],
    [Object.assign(new Error('ENOENT'), { code: 'ENOENT', errno: -2 })],
    [new RpcError('OK', 'not an error')],
  ])('takes anything else as INTERNAL (%p)', (reason) => {
    const error = RpcError.from(reason);
    expect(error).toMatchObject({ code: 'INTERNAL', message: fixedText });
    expect(error.cause).toBe(reason);
  });

  it('takes a status that gRPC does not know as UNKNOWN', () => {
    expect(RpcError.from(received(99, 'x'))).toMatchObject({ code: 'UNKNOWN' });
  });
});

describe('the code table', () => {
  it('goes both ways for all seventeen', () => {
    const names = Object.keys(status).filter((key) => Number.isNaN(Number(key)));
    expect(names).toHaveLength(17);
    for (const name of names) expect(statusName(statusCode(name as 'OK'))).toBe(name);
  });
});

describe('an error on its way out', () => {
  const none = new Metadata();

  it('carries hints for machines and its trailers, those of the call first', () => {
    const trailers = new Metadata();
    trailers.set('x-request-id', 'call');
    const wire = toWireError(
      new RpcError('UNAVAILABLE', 'No device.', {
        retryAfterMs: 12.5,
        trailers: { 'x-request-id': 'error', 'x-other': 'o' },
      }),
      trailers,
    );
    expect(wire).toMatchObject({ code: 14, details: 'No device.', message: 'No device.' });
    expect(wire.metadata.getMap()).toMatchObject({
      'x-request-id': 'call',
      'x-other': 'o',
      'grpc-retry-pushback-ms': '13',
    });
    expect(RpcError.from(wire)).toMatchObject({ code: 'UNAVAILABLE', retryAfterMs: 13 });
  });

  it('does not pass on the trailers of the peer that sent it', () => {
    const wire = toWireError(RpcError.from(received(5, 'x', { 'x-request-id': 'theirs' })), none);
    expect(wire.metadata.getMap()).toEqual({});
  });

  it('has text that can be sent, whatever it was made of', () => {
    const lone = toWireError(new RpcError('NOT_FOUND', 'model \ud800 unknown'), none);
    expect(lone.details).toBe('model \ufffd unknown');
    for (const text of ['a', 'ü', '語', '😀', '%', '\n']) {
      const { details } = toWireError(new RpcError('NOT_FOUND', text.repeat(10_000)), none);
      expect(encodeURI(details).length).toBeLessThanOrEqual(2_048);
      expect(details.endsWith('...')).toBe(true);
      expect(details.startsWith(text)).toBe(true);
    }
  });

  it('has trailers that can be sent, whatever the caller put into them', () => {
    const trailers = { 'x-lease': 'a\ud800\r\n語', 'x-long': 'b'.repeat(100_000) };
    const { metadata } = toWireError(new RpcError('ABORTED', 'x', { trailers }), none);
    expect(metadata.getMap()).toEqual({ 'x-lease': 'a????', 'x-long': 'b'.repeat(512) });
  });

  it('keeps its details within what peers accept as headers', () => {
    const violations = Array.from({ length: 500 }, (_, n) => ({
      field: `f[${n}]`,
      description: '語'.repeat(2_000),
    }));
    const wire = toWireError(new RpcError('INVALID_ARGUMENT', 'x', { violations }), none);
    const [bytes] = wire.metadata.get('grpc-status-details-bin');
    expect((bytes as Buffer).length).toBeLessThan(4_096);
    const kept = RpcError.from(wire).violations;
    expect(kept.length).toBeGreaterThan(0);
    expect(kept[0]).toMatchObject({ field: 'f[0]' });
  });
});
