import { createLogger, type LogRecord } from './logger.ts';

function collect(level: 'debug' | 'info' = 'info') {
  const lines: Record<string, unknown>[] = [];
  const records: LogRecord[] = [];
  let request = 0;
  const logger = createLogger({
    service: 'test',
    level,
    fields: () => ({ request_id: `r${++request}` }),
    onRecord: (record) => records.push(record),
    destination: { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  return { logger, lines, records };
}

describe(createLogger, () => {
  it('writes one JSON line a record, with the fields of the moment', () => {
    const { logger, lines } = collect();
    logger.info({ slots: 8 }, 'started');
    logger.warn({}, 'late');
    expect(lines).toMatchObject([
      { level: 'info', service: 'test', request_id: 'r1', slots: 8, message: 'started' },
      { level: 'warn', service: 'test', request_id: 'r2', message: 'late' },
    ]);
    expect(lines[0]?.['time']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  it('hands the same records to onRecord, the fields of a child included', () => {
    const { logger, records } = collect();
    logger.child({ part: 'queue' }).error({ depth: 3 }, 'full');
    expect(records).toEqual([
      { epochMs: expect.any(Number), level: 'error', message: 'full', fields: { part: 'queue', depth: 3 } },
    ]);
  });

  it('leaves out what is below its level, in both places', () => {
    const { logger, lines, records } = collect('info');
    logger.debug({}, 'noise');
    expect([lines, records]).toEqual([[], []]);
  });

  it('writes an error with type, message and stack', () => {
    const { logger, lines } = collect();
    logger.error({ err: new RangeError('too far') }, 'failed');
    expect(lines[0]?.['err']).toMatchObject({ type: 'RangeError', message: 'too far' });
  });
});
