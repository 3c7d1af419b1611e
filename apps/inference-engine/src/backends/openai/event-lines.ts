/** Thrown where a stream is none of server-sent events. */
export class NoEventStream extends Error {
  override readonly name = 'NoEventStream';
}

// Far above what a piece of text needs, and below what harms the process.
const longestEvent = 1_048_576;

/**
 * The `data` of each server-sent event of a body, wherever the network cut it. Comments, ids and names are
 * left out, and what follows the last blank line, as the standard has it.
 *
 * @throws NoEventStream where an event has more than a megabyte
 */
export async function* eventData(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = '';
  let data: string[] = [];
  let held = 0;
  for await (const bytes of body) {
    rest += decoder.decode(bytes, { stream: true });
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    if (rest.length + held > longestEvent) throw new NoEventStream('an event has more than a megabyte');
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) yield data.join('\n');
        data = [];
        held = 0;
      } else if (line.startsWith('data:')) {
        const value = line.slice(line[5] === ' ' ? 6 : 5);
        held += value.length;
        if (held > longestEvent) throw new NoEventStream('an event has more than a megabyte');
        data.push(value);
      }
    }
  }
}
