import { connect } from 'node:net';
import { mutated, type Draw } from './draw.ts';
import { framed, hostileBytes, validMessage, type Target } from './grpc-messages.ts';
import type { Outcome } from './http-exchange.ts';

/** Bytes for the socket of a gRPC server. */
export interface FramesCase {
  readonly family: string;
  readonly target: Target;
  readonly bytes: Buffer;
}

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const type = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goAway: 7,
  window: 8,
  more: 9,
};
const endStream = 1;
const endHeaders = 4;
const flood = 200;
const closesWithinMs = 2_000;

function frame(
  kind: number,
  flags: number,
  stream: number,
  payload: Buffer,
  length = payload.length,
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length & 0xffffff, 0, 3);
  head[3] = kind;
  head[4] = flags;
  head.writeUInt32BE(stream >>> 0, 5);
  return Buffer.concat([head, payload]);
}

/** Header fields, each written out, without Huffman's code or a table. */
function fieldBlock(fields: readonly (readonly [string, string])[]): Buffer {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value, 'latin1');
    const length = bytes.length < 127 ? [bytes.length] : [127, ...sevenBits(bytes.length - 127)];
    return Buffer.concat([Buffer.from(length), bytes]);
  };
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

function sevenBits(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...sevenBits(Math.floor(value / 128))];
}

function callHeaders(path: string): Buffer {
  return fieldBlock([
    ...([
      [':method', 'POST'],
      [':scheme', 'http'],
      [':path', path],
      [':authority', 'localhost'],
    ] as const),
    ...([
      ['content-type', 'application/grpc'],
      ['te', 'trailers'],
      ['grpc-timeout', '2S'],
    ] as const),
  ]);
}

const settings = frame(type.settings, 0, 0, Buffer.alloc(0));

/** The case that a draw gives. */
export function framesCase(draw: Draw, model: string): FramesCase {
  const target = draw.pick<Target>(['api', 'api', 'gpu', 'inference']);
  const { path, bytes } = validMessage(draw, target, model);
  const block = callHeaders(path);
  const opens = (stream: number): Buffer => frame(type.headers, endHeaders, stream, block);
  const data = frame(type.data, endStream, 1, framed(hostileBytes(draw, bytes)));
  const call = Buffer.concat([opens(1), data]);
  const times = (count: number, of: (at: number) => Buffer): Buffer =>
    Buffer.concat(Array.from({ length: count }, (_, at) => of(at)));
  const soup = (): Buffer =>
    frame(
      draw.whole(0, 12),
      draw.whole(0, 255),
      draw.pick([0, 1, 2, 3, 0x7fffffff]),
      draw.bytes(draw.whole(0, 60)),
    );
  const [family, frames] = draw.pick<() => [string, Buffer]>([
    () => ['broken frames', mutated(draw, call)],
    () => ['frame soup', Buffer.concat([call, times(draw.whole(1, 8), soup)])],
    () => ['frame soup', times(draw.whole(1, 8), soup)],
    () => [
      'length lies',
      Buffer.concat([opens(1), frame(type.data, endStream, 1, bytes, draw.pick([0, 3, 70_000, 0xffffff]))]),
    ],
    () => ['broken headers', frame(type.headers, endHeaders | endStream, 1, mutated(draw, block))],
    () => ['broken headers', frame(type.headers, endHeaders, 1, draw.bytes(draw.whole(1, 80)))],
    () => [
      'resets',
      times(draw.whole(1, flood), (at) =>
        Buffer.concat([opens(2 * at + 1), frame(type.reset, 0, 2 * at + 1, Buffer.from([0, 0, 0, 8]))]),
      ),
    ],
    () => ['settings flood', Buffer.concat([call, times(flood, () => settings)])],
    () => [
      'window of nothing',
      Buffer.concat([frame(type.settings, 0, 0, Buffer.from([0, 4, 0, 0, 0, 0])), call]),
    ],
    () => ['ping flood', Buffer.concat([call, times(flood, () => frame(type.ping, 0, 0, draw.bytes(8)))])],
    () => [
      'priority flood',
      Buffer.concat([call, times(flood, () => frame(type.priority, 0, draw.pick([1, 3, 5]), draw.bytes(5)))]),
    ],
    () => [
      'window flood',
      Buffer.concat([
        call,
        times(flood, () => frame(type.window, 0, draw.pick([0, 1]), Buffer.from([0x7f, 255, 255, 255]))),
      ]),
    ],
    () => [
      'continuation flood',
      Buffer.concat([
        frame(type.headers, 0, 1, block),
        times(flood, (at) =>
          frame(type.more, at === flood - 1 ? endHeaders : 0, 1, fieldBlock([[`x-${at}`, 'y'.repeat(100)]])),
        ),
      ]),
    ],
    () => [
      'empty data flood',
      Buffer.concat([opens(1), times(flood, () => frame(type.data, 0, 1, Buffer.alloc(0)))]),
    ],
    () => [
      'many calls',
      times(draw.whole(2, 50), (at) =>
        Buffer.concat([opens(2 * at + 1), frame(type.data, endStream, 2 * at + 1, framed(bytes))]),
      ),
    ],
    () => ['going away', Buffer.concat([opens(1), frame(type.goAway, 0, 0, draw.bytes(8)), data])],
    () => [
      'pushes',
      Buffer.concat([
        call,
        frame(type.push, endHeaders, 1, Buffer.concat([Buffer.from([0, 0, 0, 2]), block])),
      ]),
    ],
    () => ['a whole call', call],
  ])();
  const start = draw.chance(0.9)
    ? Buffer.concat([preface, settings])
    : mutated(draw, Buffer.concat([preface, settings]));
  if (draw.chance(0.05)) return { family: 'byte soup', target, bytes: draw.bytes(draw.whole(0, 300)) };
  return { family, target, bytes: Buffer.concat([start, frames]) };
}

/** Sends the bytes, and leaves when the server has said all it has to say, or after a moment. */
export async function playFrames(address: string, { bytes }: FramesCase): Promise<Outcome> {
  const colon = address.lastIndexOf(':');
  const socket = connect({
    host: address.slice(0, colon),
    port: Number(address.slice(colon + 1)),
    allowHalfOpen: true,
  });
  const { promise, resolve } = Promise.withResolvers<string>();
  const late = setTimeout(() => resolve('left'), closesWithinMs);
  socket.on('error', () => resolve('reset'));
  socket.on('close', () => resolve('closed'));
  socket.on('end', () => resolve('ended'));
  socket.resume();
  socket.end(bytes);
  try {
    return { ending: await promise, faults: [] };
  } finally {
    clearTimeout(late);
    socket.destroy();
  }
}
