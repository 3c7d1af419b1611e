import { eventReader } from './event-reader.ts';

const stream =
  'data: {"a":1}\n\n: waiting\n\ndata: two\ndata: lines\n\nevent: x\r\ndata:bare\r\n\r\ndata: [DONE]\n\n';

describe('server-sent events', () => {
  it.each([1, 2, 3, 7, 1_000])('are the same in pieces of %i signs', (size) => {
    const read = eventReader();
    const pieces = Array.from({ length: Math.ceil(stream.length / size) }, (_, at) =>
      stream.slice(at * size, (at + 1) * size),
    );
    expect(pieces.flatMap(read)).toEqual(['{"a":1}', 'two\nlines', 'bare', '[DONE]']);
  });

  it('are told only when they are complete', () => {
    expect(eventReader()('data: half')).toEqual([]);
  });
});
