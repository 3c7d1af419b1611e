import { ago, duration, shortName, ticks } from './format.ts';

describe('what the page writes', () => {
  it('durations in the unit that reads best', () => {
    expect([0, 0.4, 12.4, 999, 1_000, 38_250, 250_000, 1_234_567, 83_000_000].map(duration)).toEqual([
      '0',
      '< 1 µs',
      '12 µs',
      '999 µs',
      '1 ms',
      '38.25 ms',
      '250 ms',
      '1.23 s',
      '1 min 23 s',
    ]);
  });

  it('times ago', () => {
    expect([0, 30, 90, 7_200, 200_000].map((seconds) => ago(0, seconds * 1e3))).toEqual([
      'just now',
      '30 s ago',
      '1 min ago',
      '2 h ago',
      '2 d ago',
    ]);
  });

  it('names without their package', () => {
    expect(['ryzanstein.api.v1.LlmService/Chat', 'chat ryz-tiny', 'GET /a/b'].map(shortName)).toEqual([
      'LlmService/Chat',
      'chat ryz-tiny',
      'GET /a/b',
    ]);
  });

  it('a ruler of round steps', () => {
    expect(ticks(0, 518_300, 5)).toEqual([0, 100_000, 200_000, 300_000, 400_000, 500_000]);
    expect(ticks(0, 0, 5)).toEqual([0]);
  });
});
