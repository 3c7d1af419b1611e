import fc from 'fast-check';

import type { Queued } from './fair-queue.ts';
import { FairQueue } from './fair-queue.ts';

interface Named extends Queued {
  readonly name: string;
}

function waiter(name: string, over: Partial<Named> = {}): Named {
  return { name, clientId: name.slice(0, 1), lane: 'm', priority: 0, slots: 1, ...over };
}

function queueOf(waiters: readonly Named[]): FairQueue<Named> {
  const queue = new FairQueue<Named>();
  for (const one of waiters) queue.add(one);
  return queue;
}

/** Serves `count` waiters, all of which can be served. */
function serve(queue: FairQueue<Named>, count = Infinity): string[] {
  const served: string[] = [];
  queue.serveInOrder(
    ({ name }) => {
      served.push(name);
      return true;
    },
    () => served.length >= count,
  );
  return served;
}

describe('FairQueue', () => {
  it('takes clients in turn, and each client first come first served', () => {
    const queue = queueOf(['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map((name) => waiter(name)));

    expect(serve(queue)).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
    expect(queue.size).toBe(0);
  });

  it('tells who is in line, in order of service over all lanes, and leaves them there', () => {
    const queue = queueOf([
      waiter('a1'),
      waiter('a2'),
      waiter('b1'),
      waiter('c1', { lane: 'n' }),
      waiter('d1', { priority: 1 }),
      waiter('e1', { slots: 2 }),
    ]);
    const one = ({ slots }: Named): boolean => slots === 1;

    const four = queue.inLine(one, 4);
    expect(four.count).toBe(5);
    expect(four.first.map(({ name }) => name)).toEqual(['d1', 'a1', 'b1', 'a2']);
    expect(queue.inLine(one, 9).first.map(({ name }) => name)).toEqual(['d1', 'a1', 'b1', 'a2', 'c1']);
    expect(queue.inLine(({ name }) => name === 'c1', 1).count).toBe(1);
    expect(serve(queue)).toHaveLength(6);
  });

  it('lets higher priority go first', () => {
    const queue = queueOf([waiter('a1'), waiter('b1', { priority: 9 }), waiter('a2', { priority: 5 })]);

    expect(serve(queue)).toEqual(['b1', 'a2', 'a1']);
  });

  it('charges a client for the slots of its request', () => {
    const queue = queueOf([
      waiter('a1', { slots: 3 }),
      waiter('a2', { slots: 3 }),
      ...['b1', 'b2', 'b3', 'b4', 'b5', 'b6'].map((name) => waiter(name)),
    ]);

    expect(serve(queue)).toEqual(['b1', 'b2', 'a1', 'b3', 'b4', 'b5', 'a2', 'b6']);
  });

  it('gives a client that comes late its turn, but not the turns that it missed', () => {
    const queue = queueOf(['a1', 'a2', 'a3', 'a4'].map((name) => waiter(name)));
    expect(serve(queue, 2)).toEqual(['a1', 'a2']);
    for (const name of ['b1', 'b2', 'b3']) queue.add(waiter(name));

    expect(serve(queue)).toEqual(['a3', 'b1', 'a4', 'b2', 'b3']);
  });

  it('keeps the turn of one that cannot be served yet', () => {
    const queue = queueOf([waiter('a1'), waiter('a2', { lane: 'n' }), waiter('b1'), waiter('b2')]);
    const offered: string[] = [];
    queue.serveInOrder(
      ({ name, lane }) => {
        offered.push(name);
        return lane === 'n';
      },
      () => false,
    );

    expect(offered).toEqual(['a1', 'a2', 'b1', 'b2']);
    expect(serve(queue)).toEqual(['a1', 'b1', 'b2']);
  });

  it('moves a client up when one of its waiters leaves', () => {
    const [a1, a2, a3] = [waiter('a1'), waiter('a2'), waiter('a3')];
    const queue = queueOf([a1, a2, a3, waiter('b1'), waiter('b2')]);

    expect(queue.ahead(a3)).toBe(4);
    expect(queue.remove(a1)).toBe(true);
    expect(queue.remove(a1)).toBe(false);
    expect(queue.ahead(a3)).toBe(2);
    expect(serve(queue)).toEqual(['a2', 'b1', 'a3', 'b2']);
  });

  const slots = fc.integer({ min: 1, max: 4 });

  it('shares slots evenly among clients that always want more', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(slots, { minLength: 30, maxLength: 30 }), { minLength: 2, maxLength: 5 }),
        (lists) => {
          const queue = new FairQueue<Named>();
          lists.forEach((list, client) =>
            list.forEach((cost, index) =>
              queue.add(waiter(`${client}/${index}`, { clientId: `${client}`, slots: cost })),
            ),
          );
          const got = lists.map(() => 0);
          queue.serveInOrder(
            ({ clientId, slots: cost }) => {
              got[Number(clientId)]! += cost;
              expect(Math.max(...got) - Math.min(...got)).toBeLessThanOrEqual(4);
              return true;
            },
            // Until one of them runs out, all of them are backlogged.
            () => Math.max(...got) > 25,
          );
        },
      ),
    );
  });

  it('serves each waiter within a bounded number of others, whoever else comes', () => {
    const clients = ['a', 'b', 'c', 'd'];
    const arrival = fc.record({ client: fc.constantFrom(...clients), serve: fc.boolean() });
    fc.assert(
      fc.property(fc.array(arrival, { minLength: 1, maxLength: 120 }), (arrivals) => {
        const queue = new FairQueue<Named>();
        const before = new Map<string, number>();
        let served = 0;
        const bound = new Map<string, number>();
        const serveOne = (): void => {
          const [name] = serve(queue, 1);
          if (name === undefined) return;
          const client = name.slice(0, 1);
          before.set(client, before.get(client)! - 1);
          expect(served).toBeLessThan(bound.get(name)!);
          served += 1;
        };
        arrivals.forEach(({ client, serve: thenServe }, index) => {
          const own = before.get(client) ?? 0;
          before.set(client, own + 1);
          bound.set(`${client}${index}`, served + (own + 2) * clients.length);
          queue.add(waiter(`${client}${index}`));
          if (thenServe) serveOne();
        });
        while (queue.size > 0) serveOne();
      }),
    );
  });
});
