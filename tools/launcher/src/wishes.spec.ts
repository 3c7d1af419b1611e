import { createWishReader, signalExitCode } from './wishes.ts';

describe('wishes', () => {
  it('takes signals within half a second for one, and a later one for the wish to hurry', () => {
    const wishOf = createWishReader();
    expect([1_000, 1_001, 1_499, 1_500, 1_999, 2_000].map(wishOf)).toEqual([
      'stop',
      'same',
      'same',
      'force',
      'same',
      'force',
    ]);
  });

  it('gives the exit code that shells give', () => {
    expect((['SIGHUP', 'SIGINT', 'SIGTERM'] as const).map(signalExitCode)).toEqual([129, 130, 143]);
  });
});
