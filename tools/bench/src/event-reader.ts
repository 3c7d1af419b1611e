/** The data of each event of a `text/event-stream`, as the bytes come; one line of data an event. */
export async function* eventsOf(body: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
  let rest = '';
  for await (const bytes of body) {
    const lines = (rest + String(bytes)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('data: ')) yield line.slice('data: '.length);
  }
}
