import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { recordSpans, type SpanRecorder } from './span-recorder.ts';
import { startTelemetry, type Telemetry, type Tracer } from './telemetry.ts';
import { TraceContext } from './trace-context.ts';

let telemetry: Telemetry;
let tracer: Tracer;
let recorder: SpanRecorder;

beforeAll(() => {
  recorder = recordSpans();
  const env = { OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' };
  telemetry = startTelemetry({ serviceName: 'test', env, spanProcessors: [recorder] });
  tracer = telemetry.tracer;
});

beforeEach(() => recorder.clear());

afterAll(() => telemetry.shutdown());

function ended(): unknown[] {
  return recorder.spans.map(({ name, status, attributes }) => [name, status, attributes['error.type']]);
}

const here = (): string | undefined => TraceContext.current().spanId;

describe('a generator', () => {
  function* counting(upTo: number): Generator<number, string, string | undefined> {
    for (let n = 1; n <= upTo; n++) yield n;
    return 'done';
  }

  it('is within its span at each step, and the code that reads it is not', () => {
    const seen: (string | undefined)[] = [];
    const numbers = tracer.startSpan('count', function* (span) {
      seen.push(span.context.spanId, here());
      yield 1;
      seen.push(here());
    });
    for (const _ of numbers) expect(here()).toBeUndefined();
    expect(new Set(seen).size).toBe(1);
    expect(recorder.spans[0]?.spanId).toBe(seen[0]);
  });

  it('ends its span when it is exhausted, and gives what it returns', () => {
    const numbers = tracer.startSpan('count', () => counting(2));
    expect([numbers.next(), numbers.next()]).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
    ]);
    expect(recorder.open).toEqual(['count']);
    expect(numbers.next()).toEqual({ done: true, value: 'done' });
    expect(ended()).toEqual([['count', 'UNSET', undefined]]);
  });

  it('ends its span when its reader breaks off, after its own clean-up', () => {
    let cleanedIn: string | undefined;
    const numbers = tracer.startSpan('count', function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        cleanedIn = here();
      }
    });
    for (const n of numbers) if (n === 1) break;
    expect(ended()).toEqual([['count', 'UNSET', undefined]]);
    expect(cleanedIn).toBe(recorder.spans[0]?.spanId);
  });

  it('ends its span with what it throws, once', () => {
    const numbers = tracer.startSpan('count', function* () {
      yield 1;
      throw new RangeError('no more');
    });
    expect(() => [...numbers]).toThrow('no more');
    expect(numbers.next()).toEqual({ done: true, value: undefined });
    expect(ended()).toEqual([['count', 'ERROR', 'RangeError']]);
  });

  it('goes on where it handles what is thrown into it', () => {
    const numbers = tracer.startSpan('count', function* () {
      try {
        yield 1;
      } catch {
        yield 2;
      }
    });
    numbers.next();
    expect(numbers.throw(new Error('x'))).toEqual({ done: false, value: 2 });
    expect(recorder.open).toEqual(['count']);
    numbers.return();
    expect(ended()).toEqual([['count', 'UNSET', undefined]]);
  });

  it('is passed values, and has the methods of iterators', () => {
    const echo = tracer.startSpan('echo', function* (): Generator<string, void, string> {
      let said = yield 'ready';
      for (;;) said = yield said;
    });
    echo.next();
    expect(echo.next('a').value).toBe('a');
    echo.return();
    expect(
      tracer
        .startSpan('count', () => counting(3))
        .map((n) => n * 2)
        .toArray(),
    ).toEqual([2, 4, 6]);
  });
});

describe('an async generator', () => {
  it('is within its span at each step, and the code that reads it is not', async () => {
    const seen: (string | undefined)[] = [];
    const tokens = tracer.startSpan('tokens', async function* () {
      seen.push(here());
      await Promise.resolve();
      seen.push(here());
      yield 'a';
      seen.push(here());
    });
    for await (const _ of tokens) expect(here()).toBeUndefined();
    expect(new Set(seen)).toEqual(new Set([recorder.spans[0]?.spanId]));
  });

  it('ends its span when it is exhausted, broken off or fails', async () => {
    const make = (name: string, fails: boolean): AsyncGenerator<number> =>
      tracer.startSpan(name, async function* () {
        yield 1;
        if (fails) throw new TypeError('bad');
      });
    for await (const _ of make('all', false));
    for await (const _ of make('some', false)) break;
    const readAll = async () => {
      for await (const _ of make('bad', true));
    };
    await expect(readAll()).rejects.toThrow('bad');
    expect(ended()).toEqual([
      ['all', 'UNSET', undefined],
      ['some', 'UNSET', undefined],
      ['bad', 'ERROR', 'TypeError'],
    ]);
  });

  it('ends its span when it goes out of scope', async () => {
    {
      await using tokens = tracer.startSpan('scoped', async function* () {
        yield 1;
      });
      await tokens.next();
    }
    expect(ended()).toEqual([['scoped', 'UNSET', undefined]]);
  });
});

it('ends the span of a generator that its reader forgot', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  (() => {
    const lost = tracer.startSpan('lost', function* () {
      yield 1;
      yield 2;
    });
    lost.next();
  })();
  const giveUpAtMs = performance.now() + 5_000;
  while (recorder.open.length > 0 && performance.now() < giveUpAtMs) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(ended()).toEqual([['lost', 'UNSET', undefined]]);
});
