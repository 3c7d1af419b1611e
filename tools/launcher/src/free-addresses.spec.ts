import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { addressProblems, takenAddress } from './free-addresses.ts';
import type { ProcessPlan } from './process-plan.ts';

function plan(name: string, address: string): ProcessPlan {
  const setBy = `RYZ_${name.toUpperCase()}_ADDRESS`;
  return {
    name,
    program: '',
    listens: [{ key: 'grpc', variable: 'X', setBy, address }],
    after: [],
    env: () => ({}),
  };
}

describe('addresses', () => {
  it('may be free or left to the system', async () => {
    expect(await addressProblems([plan('a', '127.0.0.1:0'), plan('b', '127.0.0.1:0')])).toEqual([]);
  });

  it('are all named with what to do: taken, given twice, of another machine', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const taken = `127.0.0.1:${(other.address() as AddressInfo).port}`;
    const problems = await addressProblems([
      plan('a', taken),
      plan('b', taken),
      plan('c', '192.0.2.1:50999'),
    ]);
    other.close();
    expect(problems).toEqual([
      `Port ${taken.split(':')[1]} (${taken}, for a) is taken: stop what listens there, or set RYZ_A_ADDRESS to another address.`,
      `RYZ_B_ADDRESS and RYZ_A_ADDRESS are both ${taken}: give one another port.`,
      '192.0.2.1:50999 (for c) is no address of this machine: set RYZ_C_ADDRESS to another address.',
    ]);
  });

  it('are recognised in what a process said last', () => {
    const api = plan('api', '127.0.0.1:50051');
    expect(takenAddress(api, ['listen EADDRINUSE: address already in use 127.0.0.1:50051'])).toContain(
      'RYZ_API_ADDRESS',
    );
    expect(takenAddress(api, ['No address added out of total 1 resolved: :50051 EADDRINUSE'])).toContain(
      'Port 50051',
    );
    expect(takenAddress(api, ['the model is missing'])).toBeUndefined();
    expect(takenAddress(api, ['EADDRINUSE 127.0.0.1:1'])).toBeUndefined();
  });
});
