import { drawOf } from './draw.ts';
import { grpcCase } from './grpc-cases.ts';
import { httpCase } from './http-cases.ts';
import { framesCase } from './http2-frames.ts';

it.each([
  ['HTTP requests', httpCase],
  ['gRPC calls', grpcCase],
  ['HTTP/2 frames', framesCase],
])('the same seed makes the same %s, another one others', (_kind, make) => {
  const made = (seed: string): object[] =>
    Array.from({ length: 60 }, (_, index) => make(drawOf(`${seed} ${index}`), 'tiny'));
  expect(made('1')).toEqual(made('1'));
  expect(made('1')).not.toEqual(made('2'));
});

it('draws whole numbers from its bounds, both included', () => {
  const draw = drawOf('x');
  const seen = new Set(Array.from({ length: 500 }, () => draw.whole(2, 5)));
  expect([...seen].sort()).toEqual([2, 3, 4, 5]);
});
