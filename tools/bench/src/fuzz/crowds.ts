import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Connections that take part in nothing. */
export interface Crowd {
  readonly sockets: readonly Socket[];
  leave(): void;
}

async function crowd(
  address: string,
  count: number,
  begin: (socket: Socket, index: number) => void,
): Promise<Crowd> {
  const colon = address.lastIndexOf(':');
  const options = { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
  const sockets = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const socket = connect(options);
      socket.on('error', () => {});
      await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
      begin(socket, index);
      return socket;
    }),
  );
  return {
    sockets,
    leave() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Sockets that open and say nothing. */
export function silentSockets(address: string, count: number): Promise<Crowd> {
  return crowd(address, count, () => {});
}

/** Readers of streamed chats that read their first bytes and then nothing more. */
export async function stoppedReaders(address: string, count: number, model: string): Promise<Crowd> {
  const body = JSON.stringify({
    model,
    messages: [{ role: 'user', content: 'Tell me a short story about a bear.' }],
    stream: true,
    max_tokens: 64,
  });
  const head = [
    'POST /v1/chat/completions HTTP/1.1',
    'Host: localhost',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'X-Client-Id: stopped-readers',
  ];
  const readers = await crowd(address, count, (socket) => {
    socket.once('data', () => socket.pause());
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  });
  // So that they are under way, not only on their way.
  await pause(100);
  return readers;
}
