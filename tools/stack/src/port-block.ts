import { createServer, type Server } from 'node:net';

/** Ports that nobody else takes while the block is held. */
export interface PortBlock {
  /** The next port that has not been given out. */
  next(): number;
  release(): void;
}

// Below what systems give to outgoing connections, so that a port stays free while its program is down.
const lowest = 20_000;
const highest = 31_900;
const size = 24;

/** Finds a block of free ports; holding its first one keeps other stacks out of it. */
export async function takePortBlock(base?: number): Promise<PortBlock> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const first = base ?? lowest + size * Math.floor((Math.random() * (highest - lowest)) / size);
    const claim = await listen(first);
    if (claim === undefined) {
      if (base !== undefined) throw new Error(`Port ${base} is taken: name the first of ${size} free ports.`);
      continue;
    }
    if (await allFree(first)) return held(claim, first);
    claim.close();
    if (base !== undefined)
      throw new Error(`Not all of ${base} to ${base + size - 1} are free: name another first port.`);
  }
  throw new Error(`No ${size} ports in a row are free between ${lowest} and ${highest}.`);
}

function held(claim: Server, first: number): PortBlock {
  claim.unref();
  let given = first;
  return {
    next() {
      given += 1;
      if (given >= first + size) throw new Error(`A stack has no more than ${size - 1} ports.`);
      return given;
    },
    release: () => void claim.close(),
  };
}

async function allFree(first: number): Promise<boolean> {
  for (let port = first + 1; port < first + size; port += 1) {
    const server = await listen(port);
    if (server === undefined) return false;
    await new Promise((resolve) => server.close(resolve));
  }
  return true;
}

function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', () => resolve(undefined));
    server.listen({ host: '127.0.0.1', port }, () => resolve(server));
  });
}
