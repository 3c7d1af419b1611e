/** Splits server-sent events: takes text as it arrives, gives the data of each event that is complete. */
export function eventReader(): (text: string) => string[] {
  let rest = '';
  return (text) => {
    // A line end may come in two pieces: a lone \r at the end waits for what follows.
    rest += text;
    const events = rest.replace(/\r\n/g, '\n').split('\n\n');
    rest = events.pop() ?? '';
    return events.flatMap((event) => {
      const lines = event.split('\n').filter((line) => line.startsWith('data:'));
      return lines.length === 0 ? [] : [lines.map((line) => line.slice(5).replace(/^ /, '')).join('\n')];
    });
  };
}
