import type { FastifyInstance } from 'fastify';

/** One of the process's ports. */
export interface Listener {
  /** host:port, with the actual port. */
  readonly address: string;
  /** Ends what runs, at most a second, then closes. */
  close(): Promise<void>;
}

/**
 * Listens on host:port.
 *
 * @throws Error that names `purpose` and the address when it is taken.
 */
export async function listen(app: FastifyInstance, address: string, purpose: string): Promise<Listener> {
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon);
  try {
    await app.listen({ host: host.replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) });
  } catch (error) {
    await app.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot listen for ${purpose} on ${address}: ${reason}`, { cause: error });
  }
  const bound = app.server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  return { address: `${host}:${port}`, close: () => app.close() };
}
