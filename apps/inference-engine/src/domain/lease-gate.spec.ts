import { LeaseGate, type LeaseDecision } from './lease-gate.ts';

const never = (): void => {
  throw new Error('revoked');
};
const reason = (decision: LeaseDecision): string =>
  decision.kind === 'refused' ? decision.reason : 'granted';

describe('LeaseGate', () => {
  it('ends what came on a connection when it says there that its lease is lost, and nothing else', () => {
    const gate = new LeaseGate(true);
    const ended: string[] = [];
    const enter = (leaseId: string, from: string): void =>
      void gate.enter({ leaseId, epoch: 1n, from }, () => ended.push(`${leaseId} of ${from}`));
    enter('a', 'x');
    enter('a', 'y');
    enter('b', 'x');
    gate.lost('c', 'x');
    gate.lost('a', 'z');
    expect(ended).toEqual([]);
    gate.lost('a', 'x');
    expect(ended).toEqual(['a of x']);
    expect(gate.enter({ leaseId: 'a', epoch: 1n, from: 'x' }, () => {}).kind).toBe('granted');
  });

  it('lets valid leases in, in any order, and remembers the highest epoch', () => {
    const gate = new LeaseGate(true);
    for (const epoch of [7n, 9n, 8n])
      expect(gate.enter({ leaseId: `l${epoch}`, epoch }, never).kind).toBe('granted');
    expect(gate.highestEpoch).toBe(9n);
    expect(gate.running).toEqual([
      { leaseId: 'l7', epoch: 7n, sequences: 1 },
      { leaseId: 'l9', epoch: 9n, sequences: 1 },
      { leaseId: 'l8', epoch: 8n, sequences: 1 },
    ]);
  });

  it('refuses what the coordinator ruled out, and says why', () => {
    const gate = new LeaseGate(true);
    gate.apply({ minEpoch: 5n, revoked: new Set(['bad']) });
    expect(reason(gate.enter({ leaseId: 'old', epoch: 4n }, never))).toBe(
      "lease old has epoch 4, below the coordinator's minimum 5",
    );
    expect(reason(gate.enter({ leaseId: 'bad', epoch: 9n }, never))).toBe('lease bad was revoked');
    expect(reason(gate.enter({ leaseId: '', epoch: 0n }, never))).toBe(
      'a lease of the gpu-coordinator is required, and lease_id is empty',
    );
    expect(gate.highestEpoch).toBe(0n);
    expect(gate.running).toEqual([]);
  });

  it('runs without leases where none are required', () => {
    const gate = new LeaseGate(false);
    expect(gate.enter({ leaseId: '', epoch: 0n }, never).kind).toBe('granted');
    expect(gate.running).toEqual([]);
  });

  it('cancels what runs under a revoked lease, once, and leaves the others', () => {
    const gate = new LeaseGate(true);
    const revoked: string[] = [];
    const enter = (leaseId: string): LeaseDecision =>
      gate.enter({ leaseId, epoch: 1n }, (id) => {
        revoked.push(id);
      });
    const holds = [enter('a'), enter('a'), enter('b')];
    gate.apply({ minEpoch: 0n, revoked: new Set(['a', 'unknown']) });
    expect(revoked).toEqual(['a', 'a']);
    for (const decision of holds) if (decision.kind === 'granted') decision.hold.release();
    gate.apply({ minEpoch: 0n, revoked: new Set(['a', 'b']) });
    expect(revoked).toEqual(['a', 'a']);
    expect(gate.running).toEqual([]);
  });

  it('counts the sequences of a lease and tells of every change', () => {
    let changes = 0;
    const gate = new LeaseGate(true, () => changes++);
    const holds = [1, 2].map(() => gate.enter({ leaseId: 'a', epoch: 3n }, never));
    expect(gate.running).toEqual([{ leaseId: 'a', epoch: 3n, sequences: 2 }]);
    const [first] = holds;
    if (first?.kind === 'granted') {
      first.hold.release();
      first.hold.release();
    }
    expect(gate.running).toEqual([{ leaseId: 'a', epoch: 3n, sequences: 1 }]);
    expect(changes).toBe(3);
  });
});
