import { clientIdOf } from './client-id.ts';

describe('clientIdOf', () => {
  it('takes the name that the client gave itself', () => {
    expect(clientIdOf('team-a', '10.0.0.7:5005')).toBe('team-a');
  });

  it.each(['', 'two words', 'ümlaut', 'x'.repeat(129)])('ignores the name %j', (named) => {
    expect(clientIdOf(named, '10.0.0.7:5005')).toBe('10.0.0.7');
  });

  it.each([
    ['10.0.0.7:5005', '10.0.0.7'],
    ['ipv4:10.0.0.7:5005', '10.0.0.7'],
    ['[::1]:5005', '::1'],
    ['ipv6:[fe80::1]:5005', 'fe80::1'],
    ['fe80::1', 'fe80::1'],
    ['localhost:80', 'localhost'],
    ['unix:/run/ryz.sock', 'unix:/run/ryz.sock'],
    ['', 'unknown'],
  ])('takes the host of %j', (peer, host) => {
    expect(clientIdOf(undefined, peer)).toBe(host);
  });
});
