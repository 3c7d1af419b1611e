import { createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * What is wrong with it. `silent`: takes connections and bytes, and never says anything; `deaf`:
 * takes connections and reads nothing; `garbage`: answers with bytes that are no HTTP/2; `http1`:
 * answers like a web server; `reset`: cuts each connection once something came.
 */
export type Breakage = 'silent' | 'deaf' | 'garbage' | 'http1' | 'reset';

/** Something that listens where a collector should. */
export interface BrokenCollector {
  readonly endpoint: string;
  readonly address: string;
  readonly port: number;
  /** Connections that were taken so far. */
  readonly connections: number;
  stop(): Promise<void>;
}

const webPage = 'HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nno\n';

/** Listens on a free port of 127.0.0.1, or on `port`. */
export async function startBrokenCollector(breakage: Breakage, port = 0): Promise<BrokenCollector> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer({ pauseOnConnect: breakage === 'deaf' }, (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    if (breakage === 'garbage') socket.write(Buffer.from('\u0000\u0001 this is no HTTP/2 \u00ff'.repeat(20)));
    if (breakage === 'http1') socket.once('data', () => socket.end(webPage));
    if (breakage === 'reset') socket.once('data', () => socket.resetAndDestroy());
    if (breakage !== 'deaf') socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = (server.address() as AddressInfo).port;
  return {
    endpoint: `http://127.0.0.1:${bound}`,
    address: `127.0.0.1:${bound}`,
    port: bound,
    get connections() {
      return connections;
    },
    stop() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
