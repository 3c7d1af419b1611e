import { createServer } from 'node:net';
import type { ListenPlan, ProcessPlan } from './process-plan.ts';

/** One sentence per address that cannot be listened at, naming its variable; none where all are free. */
export async function addressProblems(plan: readonly ProcessPlan[]): Promise<string[]> {
  const wanted = plan.flatMap(({ name, listens }) => listens.map((listen) => ({ name, listen })));
  const problems: string[] = [];
  const first = new Map<string, ListenPlan>();
  for (const { name, listen } of wanted) {
    if (portOf(listen.address) === 0) continue;
    const other = first.get(listen.address);
    if (other !== undefined) {
      problems.push(`${listen.setBy} and ${other.setBy} are both ${listen.address}: give one another port.`);
      continue;
    }
    first.set(listen.address, listen);
    const problem = await tryListening(listen.address);
    if (problem !== undefined) problems.push(sentence(name, listen, problem));
  }
  return problems;
}

/** What to say where a process found an address of its own taken; undefined where that is not why it ended. */
export function takenAddress(plan: ProcessPlan, saidLines: readonly string[]): string | undefined {
  const said = saidLines.join('\n');
  if (!/EADDRINUSE|already in use|is taken|address in use/i.test(said)) return undefined;
  const listen =
    plan.listens.find(({ address }) => said.includes(address)) ??
    plan.listens.find(({ address }) => said.includes(`:${portOf(address)}`));
  return listen && sentence(plan.name, listen, 'EADDRINUSE');
}

function sentence(name: string, { address, setBy }: ListenPlan, code: string): string {
  const elsewhere = `set ${setBy} to another address`;
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${portOf(address)} (${address}, for ${name}) is taken: stop what listens there, or ${elsewhere}.`;
    case 'EACCES':
      return `Port ${portOf(address)} (${address}, for ${name}) may not be used by this user: ${elsewhere}.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${address} (for ${name}) is no address of this machine: ${elsewhere}.`;
    default:
      return `${address} (for ${name}) cannot be listened at (${code}): ${elsewhere}.`;
  }
}

function tryListening(address: string): Promise<string | undefined> {
  const host = address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host, port: portOf(address) }, () => server.close(() => resolve(undefined)));
  });
}

function portOf(address: string): number {
  return Number(address.slice(address.lastIndexOf(':') + 1));
}
