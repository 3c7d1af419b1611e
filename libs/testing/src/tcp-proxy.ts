import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { soundPipe, TcpPipe, type PipeFault } from './tcp-pipe.ts';

/** Which way bytes go: to the one that is connected to, to the one that connected, or either. */
export type Direction = 'toTarget' | 'toClient' | 'both';

/**
 * A network between two processes that can be broken: they are told the proxy's address, and what it
 * is told to do happens to the connections that stand and to those to come, until `heal`.
 *
 * @example
 * const proxy = await startTcpProxy(engineAddress);
 * const client = createRpcClient(inferenceEngine, proxy.address);
 * proxy.blackhole();
 */
export interface TcpProxy {
  /** host:port to connect to. */
  readonly address: string;
  /** Connections that stand. */
  readonly connections: number;
  /** Where connections made from now on lead, host:port. */
  connectTo(target: string): void;
  /** Bytes vanish; the connections stay, and neither side hears that the other has gone. */
  blackhole(direction?: Direction): void;
  /** Bytes arrive `ms` later; Infinity: when healed, as after an outage that TCP outlives. */
  delay(ms: number, direction?: Direction): void;
  /** Ends one direction of the connections that stand; the other goes on. */
  halfClose(direction: Exclude<Direction, 'both'>): void;
  /** Resets the connections that stand; new ones are welcome. */
  reset(): void;
  /** Resets whoever connects; the connections that stand go on. */
  refuse(): void;
  /**
   * All is well again. What was delayed is delivered at once. Connections that lost bytes are reset:
   * TCP never shows a gap.
   */
  heal(): void;
  /** Resets what stands and listens no more. */
  stop(): Promise<void>;
}

interface Connection {
  readonly sockets: readonly [Socket, Socket];
  readonly toTarget: TcpPipe;
  readonly toClient: TcpPipe;
}

/** Listens on a free port of 127.0.0.1. Without a target whoever connects is reset, until `connectTo`. */
export async function startTcpProxy(target?: string): Promise<TcpProxy> {
  const open = new Set<Connection>();
  const faults = { toTarget: soundPipe, toClient: soundPipe };
  let refusing = false;

  const join = (client: Socket, to: string): void => {
    const colon = to.lastIndexOf(':');
    const upstream = connect({
      host: to.slice(0, colon).replace(/^\[|\]$/g, ''),
      port: Number(to.slice(colon + 1)),
      allowHalfOpen: true,
    });
    const sockets = [client, upstream] as const;
    for (const socket of sockets) {
      socket.setNoDelay(true);
      // It shows as the close that follows.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        if (sockets.every(({ destroyed }) => destroyed)) open.delete(connection);
      });
    }
    const connection: Connection = {
      sockets,
      toTarget: new TcpPipe(client, upstream, faults.toTarget),
      toClient: new TcpPipe(upstream, client, faults.toClient),
    };
    open.add(connection);
  };

  const server = createServer({ allowHalfOpen: true }, (client) => {
    client.on('error', () => undefined);
    if (refusing || target === undefined) client.resetAndDestroy();
    else join(client, target);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;

  const resetAll = (chosen: (connection: Connection) => boolean): void => {
    for (const connection of open)
      if (chosen(connection)) for (const socket of connection.sockets) socket.resetAndDestroy();
  };
  const breakPipes = (direction: Direction, fault: PipeFault): void => {
    for (const way of ['toTarget', 'toClient'] as const) {
      if (direction !== 'both' && direction !== way) continue;
      faults[way] = fault;
      for (const connection of open) connection[way].fault = fault;
    }
  };

  return {
    address: `127.0.0.1:${port}`,
    get connections() {
      return open.size;
    },
    connectTo(next) {
      target = next;
    },
    blackhole: (direction = 'both') => breakPipes(direction, { drops: true, delayMs: 0 }),
    delay: (delayMs, direction = 'both') => breakPipes(direction, { drops: false, delayMs }),
    halfClose(direction) {
      for (const connection of open) connection[direction].halfClose();
    },
    reset: () => resetAll(() => true),
    refuse() {
      refusing = true;
    },
    heal() {
      refusing = false;
      resetAll(({ toTarget, toClient }) => toTarget.gap || toClient.gap);
      breakPipes('both', soundPipe);
    },
    stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      resetAll(() => true);
      return closed;
    },
  };
}
