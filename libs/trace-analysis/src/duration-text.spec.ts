import { durationText, durationTextMs, millisecondsBetween } from './duration-text.ts';

describe('durations', () => {
  it.each([
    [0n, '0 µs'],
    [1_499n, '1 µs'],
    [999_499n, '999 µs'],
    [999_500n, '1.00 ms'],
    [9_994_999n, '9.99 ms'],
    [9_995_000n, '10.0 ms'],
    [99_950_000n, '100 ms'],
    [999_500_000n, '1.00 s'],
    [59_999_000_000n, '60.0 s'],
    [125_000_000_000n, '2 min 5 s'],
  ])('%p ns is %p', (nanoseconds, text) => {
    expect(durationText(nanoseconds)).toBe(text);
  });

  it('take fractional milliseconds too', () => {
    expect(durationTextMs(0.0125)).toBe('13 µs');
    expect(millisecondsBetween(1n, 1_500_001n)).toBe(1.5);
  });
});
