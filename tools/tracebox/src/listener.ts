import { createServer } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** One of the process's ports. */
export interface Listener {
  /** host:port, with the actual port. */
  readonly address: string;
  /** Ends what runs, at most a second, then closes. */
  close(): Promise<void>;
}

/** host:port in its parts, IPv6 hosts without their brackets. */
function partsOf(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
}

/** Listens for a moment: throws the system's error when the address is taken. */
export async function probe(address: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(partsOf(address), () => server.close(() => resolve()));
  });
}

/** Listens on host:port; throws the system's error, with `app` closed, when the address is taken. */
export async function listen(app: FastifyInstance, address: string): Promise<Listener> {
  try {
    await app.listen(partsOf(address));
  } catch (error) {
    await app.close();
    throw error;
  }
  const bound = app.server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return {
    address: `${address.slice(0, address.lastIndexOf(':'))}:${port}`,
    close: () => app.close(),
  };
}
