import { gzipSync } from 'node:zlib';
import { mutated, type Draw } from './draw.ts';
import { framed, hostileBytes, validMessage, type Target } from './grpc-messages.ts';

/** One call over HTTP/2. */
export interface GrpcCase {
  readonly family: string;
  readonly target: Target;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly pieces: readonly Buffer[];
  /** Whether this side says that nothing more comes. */
  readonly ends: boolean;
  /** When it is left, if not answered by then. */
  readonly leavesAfterMs?: number;
}

type Part = Pick<GrpcCase, 'headers' | 'pieces'> & Partial<Pick<GrpcCase, 'ends' | 'leavesAfterMs'>>;

/** Whatever a caller does, it is answered within its deadline. */
export const callTimeoutMs = 1_000;
const usual = {
  ':method': 'POST',
  'content-type': 'application/grpc+proto',
  te: 'trailers',
  'grpc-timeout': `${callTimeoutMs}m`,
};

type Make = (draw: Draw, path: string, bytes: Buffer) => Part;

const messages: Make = (draw, path, bytes) => ({
  headers: { ...usual, ':path': path },
  pieces: [framed(hostileBytes(draw, bytes))],
});

const frames: Make = (draw, path, bytes) => {
  const pieces = draw.pick<() => Buffer[]>([
    () => [framed(bytes, draw.pick([1, 2, 128, 255]))],
    () => [framed(draw.bytes(draw.whole(1, 60)), 1)],
    () => [framed(gzipSync(bytes).subarray(0, draw.whole(1, 30)), 1)],
    () => [framed(gzipSync(Buffer.alloc(draw.pick([1_000, 9_000_000]))), 1)],
    () => [framed(bytes, 0, draw.pick([0, 1, bytes.length + 1, 0x7fffffff, 0xffffffff, 5_000_000]))],
    () => [framed(bytes).subarray(0, draw.whole(0, bytes.length + 4))],
    () => [framed(bytes), framed(hostileBytes(draw, bytes))],
    () => [framed(bytes), draw.bytes(draw.whole(1, 9))],
    () => [...framed(bytes).subarray(0, 40)].map((byte) => Buffer.from([byte])),
    () => [mutated(draw, framed(bytes))],
    () => [],
  ])();
  const encoding = draw.pick<Record<string, string>>([
    {},
    { 'grpc-encoding': draw.pick(['gzip', 'deflate', 'x', 'identity']) },
  ]);
  return { headers: { ...usual, ':path': path, ...encoding }, pieces };
};

const timeouts = [
  '',
  '0',
  '0m',
  '-1S',
  '1',
  '1x',
  'S',
  '99999999H',
  '999999999999999S',
  '1.5S',
  ' 1S',
  '1n',
  'NaNm',
  '5m',
];

const metadata: Make = (draw, path, bytes) => {
  const more: Record<string, string | string[]> = {};
  for (let count = draw.whole(1, 4); count > 0; count--) {
    const [name, value] = draw.pick<() => [string, string | string[]]>([
      () => ['grpc-timeout', draw.pick(timeouts)],
      () => [
        `x-${draw.pick(['a', 'request-id', 'client-id', 'trace'])}-bin`,
        draw.pick(['!', '====', 'a', 'AAAA,AAAA', draw.word(40)]),
      ],
      () => ['traceparent', draw.pick(['', 'x', `00-${'f'.repeat(32)}-${'f'.repeat(16)}-01`, draw.word(55)])],
      () => ['tracestate', 'a=b,'.repeat(draw.pick([1, 50, 500]))],
      () => ['baggage', draw.word(draw.pick([10, 2_000]))],
      () => ['x-request-id', draw.pick(['', draw.word(20), 'x'.repeat(300)])],
      () => ['x-client-id', draw.pick(['', draw.word(30), '\xff\xfe', 'y'.repeat(3_000)])],
      () => ['x-large', 'z'.repeat(draw.pick([4_000, 15_000, 60_000]))],
      () => ['x-many', Array.from({ length: draw.pick([50, 500]) }, () => 'v')],
      () => ['grpc-accept-encoding', draw.pick(['', 'gzip,x', '\xff', ','.repeat(1_000)])],
      () => ['x-ryz-sampling-priority', draw.pick(['keep', 'x', ''])],
      () => ['user-agent', draw.word(100)],
      () => ['authorization', draw.pick(['Bearer', `Bearer ${draw.word(40)}`, ''])],
    ])();
    more[name] = value;
  }
  // A stream without an end of its own goes on for as long as the caller lets it.
  const leaves = 'grpc-timeout' in more ? { leavesAfterMs: 500 } : {};
  return { headers: { ...usual, ':path': path, ...more }, pieces: [framed(bytes)], ...leaves };
};

const places: Make = (draw, path, bytes) => {
  const headers = draw.pick<() => Record<string, string>>([
    () => ({
      ':path': draw.pick([
        '/',
        '',
        '//',
        '/x',
        '/x/y/z',
        `${path}/`,
        path.toLowerCase(),
        `${path}?a=b`,
        '/__proto__/toString',
      ]),
    }),
    () => ({ ':path': `/${draw.word(draw.whole(1, 200))}` }),
    () => ({ ':path': path.replace(/[^/]+$/, draw.pick(['Nope', 'constructor', '__proto__', 'toString'])) }),
    () => ({
      ':path': path,
      'content-type': draw.pick([
        '',
        'text/html',
        'application/json',
        'application/grpc+x',
        'application/grpcx',
        'application/grpc-web',
      ]),
    }),
    () => ({ ':path': path, ':method': draw.pick(['GET', 'PUT', 'OPTIONS', 'X']) }),
    () => ({ ':path': path, te: 'x' }),
    () => ({ ':path': path, ':authority': draw.pick(['', 'a:b:c', draw.word(60), '[::1', 'evil.example']) }),
    () => ({ ':path': '/grpc.health.v1.Health/Check' }),
    () => ({ ':path': '/grpc.health.v1.Health/Watch' }),
    () => ({ ':path': '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo' }),
  ])();
  return {
    headers: { ...usual, ...headers },
    pieces: [framed(draw.chance(0.5) ? bytes : hostileBytes(draw, bytes))],
  };
};

const leaving: Make = (draw, path, bytes) => ({
  headers: { ...usual, ':path': path },
  pieces: draw.pick([[framed(bytes)], [framed(bytes).subarray(0, 6)], []]),
  ends: draw.chance(0.5),
  leavesAfterMs: draw.pick([0, 1, 5, 20, 60]),
});

const families: readonly (readonly [name: string, weight: number, make: Make])[] = [
  ['messages', 40, messages],
  ['frames', 20, frames],
  ['metadata', 15, metadata],
  ['places', 10, places],
  ['leaving', 15, leaving],
];
const total = families.reduce((sum, [, weight]) => sum + weight, 0);

/** The case that a draw gives. */
export function grpcCase(draw: Draw, model: string): GrpcCase {
  const target = draw.pick<Target>(['api', 'api', 'api', 'gpu', 'inference']);
  const { path, bytes } = validMessage(draw, target, model);
  let left = draw.whole(1, total);
  for (const [family, weight, make] of families) {
    left -= weight;
    if (left <= 0) return { family, target, ends: true, ...make(draw, path, bytes) };
  }
  throw new Error('no family');
}
