import { status } from '@grpc/grpc-js';
import { judge, type Answer } from './otlp-answer.ts';

const answer = (given: Partial<Answer>): Answer => ({
  code: status.OK,
  details: '',
  message: undefined,
  statusDetails: undefined,
  answered: true,
  ...given,
});
const hex = (digits: string) => Buffer.from(digits.replace(/\s/g, ''), 'hex');

it.each([
  [1, 'retry'],
  [2, 'refused'],
  [3, 'refused'],
  [4, 'retry'],
  [5, 'refused'],
  [6, 'refused'],
  [7, 'refused'],
  [8, 'refused'],
  [9, 'refused'],
  [10, 'retry'],
  [11, 'retry'],
  [12, 'refused'],
  [13, 'refused'],
  [14, 'retry'],
  [15, 'retry'],
  [16, 'refused'],
  [99, 'refused'],
])('code %i: %s', (code, kind) => {
  expect(judge(answer({ code }), 1_000).kind).toBe(kind);
});

it('tries again after a connection that broke, which the collector did not say', () => {
  expect(judge(answer({ code: status.INTERNAL, answered: false }), 1_000).kind).toBe('retry');
});

describe('RESOURCE_EXHAUSTED', () => {
  const code = status.RESOURCE_EXHAUSTED;
  // Status { code: 8, details: [Any { RetryInfo { Duration { seconds: 2, nanos: 500000000 } } }] }
  const type = Buffer.from('type.googleapis.com/google.rpc.RetryInfo').toString('hex');
  const retryInfo = hex(`08 08 1a 36 0a 28 ${type} 12 0a 0a 08 08 02 10 80 ca b5 ee 01`);

  it('is tried again after the time that is given', () => {
    expect(judge(answer({ code, statusDetails: retryInfo }), 1_000)).toEqual({
      kind: 'retry',
      afterMs: 2_500,
    });
  });

  it('is about the size where it says so, or where the request is large', () => {
    const details = 'Received message larger than max (200 vs 100)';
    expect(judge(answer({ code, details }), 200).kind).toBe('too_large');
    expect(judge(answer({ code }), 65_537).kind).toBe('too_large');
    expect(judge(answer({ code }), 65_536).kind).toBe('refused');
  });

  it('is not tried again where the details cannot be read', () => {
    for (const cut of [1, 5, 20, retryInfo.length - 1]) {
      const statusDetails = retryInfo.subarray(0, cut);
      expect(judge(answer({ code, statusDetails }), 1_000).kind).toBe('refused');
    }
  });
});

it.each([
  ['nothing', '', { rejected: 0, message: '', unreadable: false }],
  [
    'a partial success',
    '0a 08 08 ac 02 12 03 6f 6c 64',
    { rejected: 300, message: 'old', unreadable: false },
  ],
  ['a warning', '0a 05 12 03 6f 6c 64', { rejected: 0, message: 'old', unreadable: false }],
  [
    'fields of the future',
    '10 01 1d 00000000 21 0000000000000000',
    { rejected: 0, message: '', unreadable: false },
  ],
  ['a cut message', '0a 08 08', { rejected: 0, message: '', unreadable: true }],
  ['a number without end', 'ffffffffffffffffffffff', { rejected: 0, message: '', unreadable: true }],
  ['a type that is none', '0f', { rejected: 0, message: '', unreadable: true }],
])('reads a response of %s', (_title, bytes, wanted) => {
  expect(judge(answer({ message: hex(bytes) }), 1_000)).toEqual({ kind: 'taken', ...wanted });
});

it('takes OK without a response for a yes', () => {
  expect(judge(answer({}), 1_000)).toEqual({ kind: 'taken', rejected: 0, message: '', unreadable: true });
});
