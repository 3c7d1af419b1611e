import fc from 'fast-check';
import { nextStep, type FailedAttempt, type RetryReason } from './retry-policy.ts';

const fresh: ReadonlySet<RetryReason> = new Set();

function attempt(code: string, rest: Partial<FailedAttempt> = {}, retryAfterMs?: number): FailedAttempt {
  return {
    failure: { code, message: 'inner words', retryAfterMs },
    leaseLost: false,
    tokensSent: 0,
    otherEngine: true,
    remainingMs: 10_000,
    ...rest,
  };
}

describe('nextStep', () => {
  it('acquires once more when the engine refuses the lease, then gives up', () => {
    const first = nextStep(attempt('FAILED_PRECONDITION'), fresh);
    expect(first).toMatchObject({ kind: 'new-lease', reason: 'refused', releaseAs: 'refused' });
    const second = nextStep(attempt('FAILED_PRECONDITION'), new Set(['refused']));
    expect(second).toMatchObject({ kind: 'fail', failure: { code: 'UNAVAILABLE' }, releaseAs: 'refused' });
  });

  it('tries another engine when one is lost, if there may be one', () => {
    expect(nextStep(attempt('UNAVAILABLE'), fresh)).toMatchObject({ kind: 'new-lease', reason: 'lost' });
    expect(nextStep(attempt('UNAVAILABLE', { otherEngine: false }), fresh)).toMatchObject({
      kind: 'fail',
      failure: {
        code: 'UNAVAILABLE',
        message: expect.stringMatching(/^The engine was lost before the first token/),
      },
    });
  });

  it('tries another engine when its lease is lost, and names the lease where there is none', () => {
    const lost = attempt('CANCELLED', { leaseLost: true });
    expect(nextStep(lost, fresh)).toMatchObject({ kind: 'new-lease', reason: 'lost' });
    expect(nextStep({ ...lost, otherEngine: false }, fresh)).toMatchObject({
      failure: { message: expect.stringMatching(/^The lease on the device was lost before the first token/) },
    });
    expect(nextStep({ ...lost, tokensSent: 3 }, fresh)).toMatchObject({
      kind: 'fail',
      failure: {
        code: 'UNAVAILABLE',
        message: expect.stringMatching(/^The lease on the device was lost after 3/),
      },
    });
  });

  it('tries nothing again once the caller has text', () => {
    for (const code of ['UNAVAILABLE', 'FAILED_PRECONDITION', 'RESOURCE_EXHAUSTED']) {
      expect(nextStep(attempt(code, { tokensSent: 12 }, 10), fresh).kind).toBe('fail');
    }
    expect(nextStep(attempt('UNAVAILABLE', { tokensSent: 12 }), fresh)).toMatchObject({
      failure: {
        message:
          'The engine was lost after 12 tokens. The text is incomplete; send the request again in a moment.',
      },
    });
  });

  it('waits for a full engine on the same lease, if the deadline allows', () => {
    expect(nextStep(attempt('RESOURCE_EXHAUSTED', {}, 200), fresh)).toEqual({
      kind: 'same-lease',
      reason: 'busy',
      afterMs: 200,
    });
    const tooLate = nextStep(attempt('RESOURCE_EXHAUSTED', { remainingMs: 200 }, 200), fresh);
    expect(tooLate).toMatchObject({
      kind: 'fail',
      failure: { code: 'RESOURCE_EXHAUSTED', retryAfterMs: 200 },
    });
  });

  it('does not wait where the engine gave no hint: it is a matter of size', () => {
    const step = nextStep(attempt('RESOURCE_EXHAUSTED'), fresh);
    expect(step).toMatchObject({ kind: 'fail', failure: { code: 'RESOURCE_EXHAUSTED' } });
    expect(step).not.toHaveProperty('failure.retryAfterMs');
  });

  it('passes on what the engine says of the request, and nothing else that it says', () => {
    const invalid = nextStep(attempt('INVALID_ARGUMENT'), fresh);
    expect(invalid).toMatchObject({ failure: { code: 'INVALID_ARGUMENT', message: 'inner words' } });
    const lacking = nextStep(attempt('UNIMPLEMENTED'), fresh);
    expect(lacking).toMatchObject({ failure: { code: 'UNIMPLEMENTED', message: 'inner words' } });
    for (const code of ['INTERNAL', 'UNKNOWN', 'DATA_LOSS', 'PERMISSION_DENIED']) {
      const step = nextStep(attempt(code), fresh);
      expect(step).toMatchObject({
        failure: { code: 'INTERNAL', message: 'The engine failed before the first token.' },
      });
    }
  });

  it('ends after one retry of each kind at most, whatever the engines answer', () => {
    const codes = ['FAILED_PRECONDITION', 'UNAVAILABLE', 'CANCELLED', 'RESOURCE_EXHAUSTED', 'INTERNAL'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...codes), { minLength: 4, maxLength: 4 }), (answers) => {
        const spent = new Set<RetryReason>();
        const ended = answers.some((code) => {
          const step = nextStep(attempt(code, {}, 10), spent);
          if (step.kind === 'fail') return true;
          expect(spent.has(step.reason)).toBe(false);
          spent.add(step.reason);
          return false;
        });
        expect(ended).toBe(true);
      }),
    );
  });
});
