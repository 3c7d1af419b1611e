import { pathOfId, routeOf } from './route.ts';

describe('what the address bar says', () => {
  it('is read', () => {
    expect(routeOf('/trace/ABC?span=1F')).toEqual({
      page: 'trace',
      traceId: 'abc'.padStart(32, '0'),
      spanId: '1f',
    });
    expect(routeOf('/trace/<script>')).toEqual({ page: 'nowhere' });
    expect(pathOfId(' 0AF7651916CD43DD8448EB211C80319C ')).toBe('/trace/0af7651916cd43dd8448eb211c80319c');
    expect(pathOfId('req 1')).toBe('/search?requestId=req+1');
  });
});
