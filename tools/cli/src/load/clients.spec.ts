import fc from 'fast-check';
import { clientsOption, clientTurns, type LoadClient } from './clients.ts';

function turns(clients: readonly LoadClient[], count: number): string[] {
  const next = clientTurns(clients);
  return Array.from({ length: count }, () => next()?.id ?? '');
}

describe(clientsOption, () => {
  it('reads a count, and names with weights', () => {
    expect(clientsOption('2')).toEqual([
      { id: 'load-1', weight: 1 },
      { id: 'load-2', weight: 1 },
    ]);
    expect(clientsOption('web=3,batch=0.5')).toEqual([
      { id: 'web', weight: 3 },
      { id: 'batch', weight: 0.5 },
    ]);
  });

  it.each(['', '0', '1001', 'web', 'web=0', 'web=1,web=2', 'two words=1', 'web=1,', '-1'])(
    'refuses %p',
    (text) => {
      expect(() => clientsOption(text)).toThrow('It must be how many clients');
    },
  );
});

describe(clientTurns, () => {
  it('goes round where all weigh the same', () => {
    expect(turns(clientsOption('3'), 7)).toEqual([1, 2, 3, 1, 2, 3, 1].map((number) => `load-${number}`));
  });

  it('spreads the turns of the heavier one', () => {
    expect(turns(clientsOption('a=3,b=1'), 8).join('')).toBe('aabaaaba');
  });

  it('gives each its part of any run, to within one turn per client', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 300 }),
        (weights, count) => {
          const clients = weights.map((weight, index) => ({ id: `c${index}`, weight }));
          const sum = weights.reduce((total, weight) => total + weight, 0);
          const taken = turns(clients, count);
          for (const { id, weight } of clients)
            expect(Math.abs(taken.filter((one) => one === id).length - (count * weight) / sum)).toBeLessThan(
              clients.length,
            );
        },
      ),
    );
  });

  it('names nobody where there are no clients', () => {
    expect(clientTurns([])()).toBeUndefined();
  });
});
