import { acquireFailure, engineFailure, invalidRequest, unknownModel } from './failure.ts';

describe('invalidRequest', () => {
  it('names every field and its mend in one sentence', () => {
    const failure = invalidRequest([
      { field: 'top_p', description: 'is 0; give a number above 0 and up to 1' },
      { field: 'prompt', description: 'is empty; give the text to continue' },
    ]);
    expect(failure.message).toBe(
      'The request cannot be accepted: top_p is 0; give a number above 0 and up to 1; prompt is empty; give the text to continue.',
    );
    expect(failure.violations).toHaveLength(2);
  });
});

describe('unknownModel', () => {
  it('names the models that are there, and cuts a name that is too long to be one', () => {
    expect(unknownModel('tinny', ['large', 'tiny']).message).toBe(
      'No device serves a model "tinny". Served now: large, tiny.',
    );
    expect(unknownModel('x'.repeat(5_000), []).message.length).toBeLessThan(200);
  });
});

describe('acquireFailure', () => {
  const answer = (code: string, retryAfterMs?: number) =>
    acquireFailure({ code, message: 'inner words', retryAfterMs }, 'tiny', ['large']);

  it('tells a mesh without devices from a coordinator that cannot be reached', () => {
    expect(answer('UNAVAILABLE', 300)).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'inner words Send the request again in a moment.',
      retryAfterMs: 300,
    });
    expect(answer('UNAVAILABLE')).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('coordinator'),
      retryAfterMs: expect.any(Number),
    });
  });

  it('keeps codes that a caller can act on, and hides the others', () => {
    expect(answer('NOT_FOUND').message).toBe('No device serves a model "tiny". Served now: large.');
    expect(answer('RESOURCE_EXHAUSTED')).toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      retryAfterMs: expect.any(Number),
    });
    expect(answer('DEADLINE_EXCEEDED').code).toBe('DEADLINE_EXCEEDED');
    expect(answer('INVALID_ARGUMENT').message).toBe('inner words');
    for (const code of ['INTERNAL', 'UNKNOWN', 'UNIMPLEMENTED']) {
      expect(answer(code).code).toBe('INTERNAL');
      expect(answer(code).message).not.toContain('inner words');
    }
  });
});

describe('engineFailure', () => {
  it("names the caller's fields where the engine names its own", () => {
    const violations = [
      { field: 'stopping.max_tokens', description: 'is 100; at most 12 fit' },
      { field: 'chat.messages[0].role', description: 'is "x"' },
      { field: 'text', description: 'is too long' },
    ];
    expect(engineFailure({ code: 'INVALID_ARGUMENT', message: 'inner words', violations }, 0)).toEqual({
      code: 'INVALID_ARGUMENT',
      message:
        'The request cannot be accepted: max_tokens is 100; at most 12 fit; messages[0].role is "x"; prompt is too long.',
      violations: [
        { field: 'max_tokens', description: 'is 100; at most 12 fit' },
        { field: 'messages[0].role', description: 'is "x"' },
        { field: 'prompt', description: 'is too long' },
      ],
    });
  });
});
