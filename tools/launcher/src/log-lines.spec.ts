import { isNotable, lineSplitter, noticeText, readableLine, readLogLine, shortLine } from './log-lines.ts';

const line = JSON.stringify({
  level: 'error',
  time: '2026-01-02T03:04:05.678Z',
  service: 'ryzanstein-gpu',
  device: 'cpu 0',
  leases: 2,
  err: { type: 'Error', message: 'gone', stack: 'Error: gone\n  at x' },
  message: 'the device left',
});

describe('log lines', () => {
  it('reads records and leaves other text alone', () => {
    expect(readLogLine('(node:1) ExperimentalWarning: x')).toBeUndefined();
    expect(readLogLine('{"level":"info"}')).toBeUndefined();
    expect(readLogLine('{not json')).toBeUndefined();
    expect(readLogLine(line)?.level).toBe('error');
  });

  it('shortens a record to its message, fields and the message of its error', () => {
    const record = readLogLine(line);
    if (record === undefined) throw new Error('not read');
    expect(isNotable(record)).toBe(true);
    expect(isNotable({ ...record, level: 'info' })).toBe(false);
    expect(noticeText(record)).toBe('the device left: gone');
    expect(shortLine(record)).toBe('the device left device="cpu 0" leases=2 err="gone"');
    expect(readableLine(record)).toMatch(/^\d\d:04:05\.678 error the device left device="cpu 0"/);
  });

  it('cuts text into lines wherever it was split', () => {
    const lines: string[] = [];
    const splitter = lineSplitter((text) => lines.push(text));
    for (const piece of ['a', 'b\nc\r', '\n\nd', 'e']) splitter.push(piece);
    expect(lines).toEqual(['ab', 'c']);
    splitter.end();
    expect(lines).toEqual(['ab', 'c', 'de']);
  });
});
