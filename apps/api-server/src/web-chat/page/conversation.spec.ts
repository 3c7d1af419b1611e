import { advance, figuresOf, messagesFor, newTurn, type Turn, type TurnEvent } from './conversation.ts';

const asked = { traceId: 't', spanId: 's', model: 'm', prompt: 'Hi' };

/** The turn after events at these times. */
function after(...events: readonly (readonly [number, TurnEvent])[]): Turn {
  return events.reduce((turn, [atMs, event]) => advance(turn, event, atMs), newTurn(asked, 1_000));
}

const text = (content: string): TurnEvent => ({ kind: 'text', text: content });

describe('a turn', () => {
  const done = after(
    [1_010, { kind: 'head', requestId: 'r', traceId: 'other' }],
    [1_040, text('a')],
    [1_140, text('b')],
    [1_150, { kind: 'finish', reason: 'stop' }],
    [1_151, { kind: 'usage', input: 5, output: 11 }],
    [1_160, { kind: 'end' }],
  );

  it('takes what arrives, and the trace that the server names', () => {
    expect(done).toMatchObject({
      text: 'ab',
      state: 'done',
      requestId: 'r',
      traceId: 'other',
      finishReason: 'stop',
    });
    expect(figuresOf(done)).toEqual({ firstTokenMs: 40, totalMs: 160, tokensPerSecond: 100 });
  });

  it('has no figures before there is something to count', () => {
    expect(figuresOf(newTurn(asked, 0))).toEqual({
      firstTokenMs: undefined,
      totalMs: undefined,
      tokensPerSecond: undefined,
    });
  });

  it('stays as it ended', () => {
    const stopped = after([1_040, text('a')], [1_050, { kind: 'stop' }]);
    expect(advance(stopped, text('late'), 1_060)).toBe(stopped);
    expect(stopped).toMatchObject({ state: 'stopped', text: 'a', endMs: 1_050 });
  });

  it('is part of what is sent next where something was answered', () => {
    const failed = after([1_001, { kind: 'fail', problem: 'No.' }]);
    expect(messagesFor([done, failed], 'And?')).toEqual([
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'ab' },
      { role: 'user', content: 'And?' },
    ]);
  });
});
