import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { silentLogger, type Clock } from '@ryzanstein/runtime';
import { chatTrace, logRequest, traceOf, type MadeTrace } from '../../test/mesh-traces.ts';
import { readLogBatch } from '../otlp/log-batch.ts';
import { readSpanBatch } from '../otlp/span-batch.ts';
import { schemaVersion } from './schema.ts';
import { maxSpansPerTrace } from './span-writer.ts';
import { openTraceStore, type TraceStore, type TraceStoreOptions } from './trace-store.ts';

const hourMs = 3_600_000;

/** A clock that a test moves; timers run when it passes them. */
function movedClock(startMs: number): Clock & { advance(ms: number): void } {
  let nowMs = startMs;
  let timers: { atMs: number; callback: () => void }[] = [];
  return {
    epochMs: () => nowMs,
    monotonicMs: () => nowMs,
    after(delayMs, callback) {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.push(timer);
      return { cancel: () => void (timers = timers.filter((other) => other !== timer)) };
    },
    advance(ms) {
      nowMs += ms;
      const due = timers.filter((timer) => timer.atMs <= nowMs);
      timers = timers.filter((timer) => timer.atMs > nowMs);
      for (const timer of due) timer.callback();
    },
  };
}

describe('the trace store', () => {
  const clock = movedClock(1_750_000_000_000);
  const folder = mkdtempSync(join(tmpdir(), 'trace-store-'));
  const opened: TraceStore[] = [];
  afterEach(() => {
    for (const store of opened.splice(0)) store.close();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const open = (options: Partial<TraceStoreOptions> = {}): TraceStore => {
    const store = openTraceStore({
      file: ':memory:',
      maxTraces: 100,
      maxAgeMs: 24 * hourMs,
      clock,
      logger: silentLogger,
      ...options,
    });
    opened.push(store);
    return store;
  };
  const close = (store: TraceStore): void => {
    opened.splice(opened.indexOf(store), 1);
    store.close();
  };
  const insert = (store: TraceStore, made: MadeTrace) =>
    store.insertSpans(readSpanBatch({ ...made.request }));
  const log = (store: TraceStore, traceId: string, message: string): void =>
    store.insertLogs(
      readLogBatch(logRequest('svc', [{ traceId, epochMs: clock.epochMs(), message }]) as never),
    );
  const ids = (store: TraceStore): string[] =>
    store.search({ attributes: [], limit: 1_000 }).map(({ traceId }) => traceId);
  const seeded = (name: string): MadeTrace => chatTrace(name, clock.epochMs());

  it('keeps the newest by count, with nothing left of the others', () => {
    const store = open({ maxTraces: 3 });
    const made = ['a', 'b', 'c', 'd', 'e'].map((name) => {
      clock.advance(10);
      const trace = seeded(name);
      insert(store, trace);
      log(store, trace.traceId, name);
      return trace;
    });
    expect(ids(store)).toEqual([made[4], made[3], made[2]].map((trace) => trace?.traceId));
    expect(store.totals()).toEqual({ traces: 3, spans: 33, logs: 3 });
    const gone = { attributes: [['request.id', 'req-a']] as [string, string][], limit: 10 };
    expect(store.search(gone)).toEqual([]);
  });

  it('removes traces by age, counted from arrival, and forgets their operations', () => {
    const store = open();
    const old = traceOf('old', 0, [
      { key: 'a', service: 'old-service', name: 'op', kind: 1, startMs: 0, endMs: 1 },
    ]);
    insert(store, old);
    log(store, old.traceId, 'old');
    clock.advance(23 * hourMs);
    const young = seeded('young');
    insert(store, young);
    expect(ids(store)).toEqual([young.traceId, old.traceId]);
    clock.advance(1.5 * hourMs);
    expect(ids(store)).toEqual([young.traceId]);
    expect(store.services()).toEqual(['ryzanstein-api', 'ryzanstein-gpu', 'ryzanstein-inference']);
    expect(store.totals().logs).toBe(0);
  });

  it('removes logs of traces that never came', () => {
    const store = open();
    log(store, '11111111111111111111111111111111', 'not sampled');
    expect(store.logs('11111111111111111111111111111111')).toHaveLength(1);
    clock.advance(25 * hourMs);
    expect(store.totals().logs).toBe(0);
  });

  it('counts late and repeated spans of a trace once each', () => {
    const store = open();
    const made = seeded('late');
    const [first, ...rest] = made.request.resourceSpans;
    const part = (resourceSpans: unknown[]) => store.insertSpans(readSpanBatch({ resourceSpans }));
    expect(part(rest)).toEqual({ added: 7, rejected: 0 });
    expect(part([first, ...rest])).toEqual({ added: 4, rejected: 0 });
    expect(part([first])).toEqual({ added: 0, rejected: 0 });
    expect(store.find(made.traceId)).toMatchObject({ spanCount: 11, errorCount: 0 });
  });

  it('bounds the spans of one trace', () => {
    const store = open();
    const spans = Array.from({ length: maxSpansPerTrace + 5 }, (_, at) => ({
      traceId: '22222222222222222222222222222222',
      spanId: (at + 1).toString(16).padStart(16, '0'),
      name: 'many',
      startTimeUnixNano: '1000',
      endTimeUnixNano: '2000',
    }));
    const batch = readSpanBatch({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
    expect(store.insertSpans(batch)).toEqual({ added: maxSpansPerTrace, rejected: 5 });
    expect(store.find('22222222222222222222222222222222')?.spanCount).toBe(maxSpansPerTrace);
  });

  it('wants all conditions on one span', () => {
    const store = open();
    const made = seeded('one-span');
    insert(store, made);
    const found = (query: Partial<Parameters<TraceStore['search']>[0]>): number =>
      store.search({ attributes: [], limit: 10, ...query }).length;
    expect(found({ service: 'ryzanstein-inference', operation: 'decode' })).toBe(1);
    expect(found({ service: 'ryzanstein-api', operation: 'decode' })).toBe(0);
    expect(found({ operation: 'chat ryz-tiny', attributes: [['ryzanstein.tokens.output', '24']] })).toBe(1);
    expect(found({ operation: 'decode', attributes: [['ryzanstein.tokens.output', '24']] })).toBe(0);
    expect(found({ attributes: [['gen_ai.response.finish_reasons', 'stop']] })).toBe(1);
    expect(found({ service: 'ryzanstein-gpu', attributes: [['host.name', 'laptop']] })).toBe(1);
    expect(
      found({
        attributes: [
          ['span.kind', 'server'],
          ['host.name', 'desktop'],
        ],
      }),
    ).toBe(0);
    expect(found({ operation: 'queue', spanDurationUs: { max: 2_000 } })).toBe(1);
    expect(found({ operation: 'queue', spanDurationUs: { min: 2_000 } })).toBe(0);
    expect(found({ errorsOnly: true })).toBe(0);
    expect(found({ attributes: [['error', 'true']] })).toBe(0);
  });

  it('survives a restart', () => {
    const file = join(folder, 'deep', 'restart.sqlite');
    const first = open({ file });
    const made = seeded('restart');
    insert(first, made);
    log(first, made.traceId, 'kept');
    close(first);
    const second = open({ file });
    expect(ids(second)).toEqual([made.traceId]);
    expect(second.logs(made.traceId)).toHaveLength(1);
    // Numbers of traces go on, so that the oldest stay the first to go.
    const next = seeded('after-restart');
    insert(second, next);
    expect(second.find(next.traceId)?.no).toBe(2);
  });

  it('survives a kill between two batches', () => {
    const file = join(folder, 'killed.sqlite');
    const first = open({ file });
    const made = seeded('killed');
    insert(first, made);
    // What a killed process leaves: the file and its log, never closed.
    const copy = join(folder, 'copy.sqlite');
    for (const suffix of ['', '-wal']) writeFileSync(copy + suffix, readFileSync(file + suffix));
    expect(ids(open({ file: copy }))).toEqual([made.traceId]);
  });

  it('adds nothing of a batch that fails', () => {
    const store = open();
    const made = seeded('whole');
    const batch = readSpanBatch({ ...made.request });
    const broken = { ...batch, groups: [...batch.groups, { ...batch.groups[0]!, scopeJson: null as never }] };
    expect(() => store.insertSpans(broken)).toThrow();
    expect(store.totals()).toEqual({ traces: 0, spans: 0, logs: 0 });
    expect(insert(store, made)).toEqual({ added: 11, rejected: 0 });
    expect(store.spans(store.find(made.traceId)!)[0]?.service).toBe('ryzanstein-api');
  });

  it('empties a file of another version of itself', () => {
    const file = join(folder, 'older.sqlite');
    const first = open({ file });
    insert(first, seeded('older'));
    close(first);
    const database = new DatabaseSync(file);
    database.exec(`PRAGMA user_version = ${schemaVersion + 1}`);
    database.close();
    const second = open({ file });
    expect(ids(second)).toEqual([]);
    insert(second, seeded('newer'));
    expect(ids(second)).toHaveLength(1);
  });

  it('names the file and the way out when it cannot be used', () => {
    const said = (file: string): string => {
      try {
        open({ file });
      } catch (error) {
        return error instanceof Error ? error.message.replaceAll(folder, '') : '';
      }
      return 'opened';
    };
    const text = join(folder, 'text.sqlite');
    writeFileSync(text, 'this is no database, whatever its name says '.repeat(40));
    expect(said(text)).toBe(
      'The trace store /text.sqlite is damaged (file is not a database); delete it or set RYZ_TRACEBOX_FILE to another path.',
    );

    const cut = join(folder, 'cut.sqlite');
    const whole = open({ file: cut });
    for (let at = 0; at < 20; at++) insert(whole, seeded(`cut-${at}`));
    close(whole);
    truncateSync(cut, 40_000);
    expect(said(cut)).toMatch(
      /^The trace store \/cut\.sqlite is damaged \(.+\); delete it or set RYZ_TRACEBOX_FILE/,
    );

    const foreign = join(folder, 'foreign.sqlite');
    const database = new DatabaseSync(foreign);
    database.exec('CREATE TABLE mine (a); INSERT INTO mine VALUES (1)');
    database.close();
    expect(said(foreign)).toBe(
      '/foreign.sqlite is a database of something else, not a trace store; set RYZ_TRACEBOX_FILE to another path.',
    );
    const after = new DatabaseSync(foreign);
    expect(after.prepare('SELECT a FROM mine').all()).toEqual([{ a: 1 }]);
    after.close();

    expect(said(join(text, 'below-a-file.sqlite'))).toMatch(
      /^The folder of the trace store .+ cannot be made \(.+\); set RYZ_TRACEBOX_FILE to another path\.$/,
    );
    expect(said(folder)).toMatch(/ cannot be written \(unable to open database file\); check its folder/);
  });
});
