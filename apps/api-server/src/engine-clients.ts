import { inferenceEngine } from '@ryzanstein/contracts';
import { createRpcClient, type RpcClient } from '@ryzanstein/rpc';
import { inBackground, type ConnectionOptions } from './clients.ts';
import type { Engines } from './ports.ts';

/** The engines over gRPC, with the connections that have to be closed in the end. */
export interface EngineClients extends Engines {
  /** Addresses with an open client. */
  readonly addresses: readonly string[];
  close(): void;
}

interface Connection {
  readonly client: RpcClient<typeof inferenceEngine>;
  calls: number;
  /** False once its engine is no longer listed; then it closes with its last call. */
  wanted: boolean;
}

/** One client per engine address, made on its first call. */
export function createEngineClients(options: ConnectionOptions): EngineClients {
  const connections = new Map<string, Connection>();

  function connectionTo(address: string): Connection {
    let connection = connections.get(address);
    if (connection === undefined) {
      connection = { client: createRpcClient(inferenceEngine, address, options), calls: 0, wanted: true };
      connections.set(address, connection);
    }
    return connection;
  }

  function closeIfDone(address: string, connection: Connection): void {
    if (connection.wanted || connection.calls > 0) return;
    connection.client.close();
    connections.delete(address);
  }

  function begin(address: string): { client: Connection['client']; end: () => void } {
    const connection = connectionTo(address);
    connection.calls += 1;
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      connection.calls -= 1;
      closeIfDone(address, connection);
    };
    return { client: connection.client, end };
  }

  return {
    get addresses() {
      return [...connections.keys()];
    },
    generate(address, request, limits) {
      const { client, end } = begin(address);
      const responses = client.Generate(request, limits);
      // The trailers come at the end of the call, on every way out of it, and cost the way of
      // the tokens nothing.
      void responses.trailers.then(end);
      return responses;
    },
    async embed(address, request, limits) {
      const { client, end } = begin(address);
      try {
        return await client.Embed(request, limits);
      } finally {
        end();
      }
    },
    async endLease(address, leaseId, limits) {
      const { client, end } = begin(address);
      try {
        await inBackground(() => client.EndLease({ leaseId }, limits));
      } finally {
        end();
      }
    },
    async countTokens(address, request, limits) {
      const { client, end } = begin(address);
      try {
        const { tokens } = await client.Tokenize(request, limits);
        return tokens;
      } finally {
        end();
      }
    },
    keepOnly(addresses) {
      for (const [address, connection] of connections) {
        connection.wanted = addresses.has(address);
        closeIfDone(address, connection);
      }
    },
    close() {
      for (const { client } of connections.values()) client.close();
      connections.clear();
    },
  };
}
