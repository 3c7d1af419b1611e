import { eventData } from './event-lines.ts';

async function* pieces(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

async function read(...parts: (string | Uint8Array)[]): Promise<string[]> {
  const seen: string[] = [];
  for await (const data of eventData(pieces(...parts))) seen.push(data);
  return seen;
}

describe('eventData', () => {
  const stream = 'data: {"a":"é"}\n\n: waiting\n\nid: 7\nevent: x\ndata:two\ndata: lines\n\ndata: [DONE]\n\n';
  const events = ['{"a":"é"}', 'two\nlines', '[DONE]'];

  it('gives the same wherever the stream is cut, and with any end of line', async () => {
    for (const text of [stream, stream.replaceAll('\n', '\r\n'), stream.replaceAll('\n', '\r') + '\n']) {
      const bytes = Buffer.from(text);
      for (let cut = 0; cut <= bytes.length; cut++)
        expect(await read(bytes.subarray(0, cut), bytes.subarray(cut))).toEqual(events);
    }
  });

  it('leaves out what no blank line ends', async () => {
    expect(await read('data: one\n\ndata: tw')).toEqual(['one']);
    expect(await read()).toEqual([]);
  });

  it('refuses what grows without an end', async () => {
    const megabyte = 'x'.repeat(1_048_576);
    await expect(read('data: ', megabyte, 'y')).rejects.toThrow('more than a megabyte');
    await expect(read(`data: ${megabyte}\n`, 'data: y\n')).rejects.toThrow('more than a megabyte');
  });
});
