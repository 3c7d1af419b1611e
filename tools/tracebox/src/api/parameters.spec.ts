import { durationUs, rfc3339Us, textMap, traceIdOf, whole } from './parameters.ts';

describe('query parameters', () => {
  it('reads durations as Go writes them', () => {
    const texts = ['1.5s', '200ms', '100us', '1m30s', '2h', '500ns', '0.25ms'];
    expect(texts.map((text) => durationUs('d', text))).toEqual([1.5e6, 2e5, 100, 90e6, 7200e6, 1, 250]);
    expect(durationUs('d', '12', 'ms')).toBe(12_000);
    for (const text of ['', '5', 'fast', '1s 2', '-1s', `${'1s'.repeat(60)}`])
      expect(() => durationUs('minDuration', text)).toThrow(
        'minDuration must be a duration such as 1.5s, 200ms or 100us.',
      );
  });

  it('reads RFC 3339 times to the microsecond', () => {
    expect(rfc3339Us('t', '2023-11-14T22:13:20Z')).toBe(1_700_000_000_000_000);
    expect(rfc3339Us('t', '2023-11-14T22:13:20.123456789Z')).toBe(1_700_000_000_123_456);
    expect(rfc3339Us('t', '2023-11-14t23:13:20.5+01:00')).toBe(1_700_000_000_500_000);
    for (const text of ['', '2023-11-14', '2023-11-14T25:00:00Z', '1700000000'])
      expect(() => rfc3339Us('t', text)).toThrow('t must be a time');
  });

  it('reads numbers, maps and ids', () => {
    expect([whole('n', '7', 1, 10), whole('n', '70', 1, 10)]).toEqual([7, 10]);
    expect(() => whole('n', '0', 1, 10)).toThrow('at least 1');
    expect(textMap('tags', '{"error":true,"http.status":"200","n":3}')).toEqual([
      ['error', 'true'],
      ['http.status', '200'],
      ['n', '3'],
    ]);
    expect(() => textMap('tags', '[]')).toThrow('tags must be a JSON object');
    expect(traceIdOf('ABC')).toBe('00000000000000000000000000000abc');
    expect(() => traceIdOf('../etc')).toThrow('hexadecimal');
  });
});
