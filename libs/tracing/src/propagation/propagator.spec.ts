import { Metadata } from '@grpc/grpc-js';
import { propagation } from '@opentelemetry/api';
import { startTelemetry, type Telemetry } from '../telemetry.ts';
import { TraceContext } from '../trace-context.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const good = `00-${traceId}-${spanId}-01`;

describe('traceparent', () => {
  it.each([
    ['sampled', good, good],
    ['not sampled', `00-${traceId}-${spanId}-00`, `00-${traceId}-${spanId}-00`],
    ['with the random flag', `00-${traceId}-${spanId}-03`, `00-${traceId}-${spanId}-03`],
    ['with flags of the future', `00-${traceId}-${spanId}-ff`, `00-${traceId}-${spanId}-03`],
    ['of a later version', `01-${traceId}-${spanId}-01`, good],
    ['of a later version that says more', `cc-${traceId}-${spanId}-01-what-will-be`, good],
  ])('%s is continued as version 00', (_title, sent, continued) => {
    expect(TraceContext.fromTraceparent(sent).toTraceparent()).toBe(continued);
  });

  it.each([
    ['empty', ''],
    ['of the forbidden version', `ff-${traceId}-${spanId}-01`],
    ['of version 00 that says more', `${good}-more`],
    ['of a later version that goes on without a dash', `cc-${traceId}-${spanId}-01.more`],
    ['too short', good.slice(0, 54)],
    ['with an upper-case trace id', `00-${traceId.toUpperCase()}-${spanId}-01`],
    ['with an upper-case span id', `00-${traceId}-${spanId.toUpperCase()}-01`],
    ['with an upper-case version', `0A-${traceId}-${spanId}-01`],
    ['with upper-case flags', `00-${traceId}-${spanId}-0A`],
    ['with a zero trace id', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['with a zero span id', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['with a letter that is no digit', `00-${traceId.replace('4', 'g')}-${spanId}-01`],
    ['with a space before it', ` ${good}`],
    ['with a line break behind it', `${good}\n`],
    ['twice in one header', `${good}, ${good}`],
    ['with a letter of another script', good.replace('4', '४')],
    ['endless', `cc-${traceId}-${spanId}-01x${'x'.repeat(100_000)}`],
  ])('%s begins a new trace, and its tracestate is dropped', (_title, sent) => {
    const context = TraceContext.fromTraceparent(sent, 'a=1');
    expect(context.traceId).toBeUndefined();
    expect(context.toTraceparent()).toBeUndefined();
    expect(context.toTracestate()).toBeUndefined();
    expect(context.sampled).toBe(false);
  });

  it('that comes twice begins a new trace', () => {
    expect(TraceContext.fromHeaders({ traceparent: [good, good] }).traceId).toBeUndefined();
    const metadata = new Metadata();
    metadata.add('traceparent', good);
    metadata.add('traceparent', good);
    expect(TraceContext.fromMetadata(metadata).traceId).toBeUndefined();
  });
});

describe('tracestate', () => {
  const members = (count: number) => Array.from({ length: count }, (_, n) => `k${n}=v`).join(',');

  it.each([
    ['one member', 'a=1', 'a=1'],
    ['a tenant', 'fw529a3039@dt=FfAQ==:!~'.replace('==', ''), 'fw529a3039@dt=FfAQ:!~'],
    ['blanks round members', ' a=1 ,\tb=2\t', 'a=1,b=2'],
    ['empty members', 'a=1,,b=2,', 'a=1,b=2'],
    ['a blank in a value', 'a=1 2', 'a=1 2'],
    ['32 members', members(32), members(32)],
    [
      'a long list',
      `a=${'x'.repeat(256)},b=${'x'.repeat(256)},c=${'x'.repeat(256)}`,
      `a=${'x'.repeat(256)},b=${'x'.repeat(256)},c=${'x'.repeat(256)}`,
    ],
  ])('with %s is passed on in order', (_title, sent, passedOn) => {
    expect(TraceContext.fromTraceparent(good, sent).toTracestate()).toBe(passedOn);
  });

  it.each([
    ['33 members', members(33)],
    ['no value', 'a='],
    ['no equals sign', 'a'],
    ['no key', '=1'],
    ['an upper-case key', 'A=1'],
    ['a second equals sign', 'a=1=2'],
    ['a repeated key', 'a=1,a=2'],
    ['a value that is too long', `a=${'x'.repeat(257)}`],
    ['a value with a control character', 'a=1\u00072'],
    ['nothing but blanks', '  , '],
  ])('with %s is dropped alone', (_title, sent) => {
    const context = TraceContext.fromTraceparent(good, sent);
    expect(context.toTracestate()).toBeUndefined();
    expect(context.toTraceparent()).toBe(good);
  });

  it('of several headers is joined in order', () => {
    expect(TraceContext.fromHeaders({ traceparent: good, tracestate: ['a=1', 'b=2'] }).toTracestate()).toBe(
      'a=1,b=2',
    );
  });
});

describe('x-request-id', () => {
  it.each(['x', 'a'.repeat(128), '!~{}"'])('%s is kept', (sent) => {
    expect(TraceContext.fromHeaders({ 'x-request-id': sent }).requestId).toBe(sent);
  });

  it.each([
    ['absent', undefined],
    ['empty', ''],
    ['too long', 'a'.repeat(129)],
    ['with a space', 'a b'],
    ['with a line break', 'a\n'],
    ['not ASCII', 'ä'],
  ])('%s is made anew', (_title, sent) => {
    expect(TraceContext.fromHeaders({ 'x-request-id': sent }).requestId).toMatch(/^[0-9a-f]{32}$/);
  });

  it('of which there are several is the first', () => {
    expect(TraceContext.fromHeaders({ 'x-request-id': ['a', 'b'] }).requestId).toBe('a');
  });
});

describe('baggage', () => {
  it('is passed on as it came, and can be read', () => {
    const context = TraceContext.fromHeaders({ baggage: 'user=a%20b;secret, bad%, n=1' });
    expect(context.toHeaders().baggage).toBe('user=a%20b;secret, bad%, n=1');
    const baggage = propagation.getBaggage(context.context);
    expect(baggage?.getEntry('user')?.value).toBe('a b');
    expect(baggage?.getAllEntries().map(([key]) => key)).toEqual(['user', 'n']);
  });

  it('that code of this process changed goes out changed', () => {
    const { context } = TraceContext.fromHeaders({ baggage: 'a=1' });
    const changed = propagation.getBaggage(context)?.setEntry('b', { value: '2 3' });
    const onward = new TraceContext(propagation.setBaggage(context, changed ?? propagation.createBaggage()));
    expect(onward.toHeaders().baggage).toBe('a=1,b=2%203');
  });

  it.each([
    ['too long', 'a'.repeat(8_193)],
    ['not printable', 'a=\u0001'],
  ])('%s is dropped', (_title, sent) => {
    expect(TraceContext.fromHeaders({ baggage: sent }).toHeaders().baggage).toBeUndefined();
  });
});

it('goes through headers and metadata whole', () => {
  const sent = { traceparent: good, tracestate: 'a=1,b=2', baggage: 'c=3', 'x-request-id': 'r' };
  const context = TraceContext.fromHeaders(sent);
  expect(context.toHeaders()).toEqual(sent);
  expect(TraceContext.fromMetadata(context.toMetadata()).toHeaders()).toEqual(sent);
  expect(context).toMatchObject({ traceId, spanId, sampled: true, requestId: 'r' });
});

describe('within a trace', () => {
  let telemetry: Telemetry;
  beforeEach(() => {
    telemetry = startTelemetry({
      serviceName: 'test',
      env: { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
    });
  });
  afterEach(() => telemetry.shutdown());

  it("the sender's flags and state go on, and no new ones are made", () => {
    const from = TraceContext.fromTraceparent(good, 'vendor=1');
    const here = from.run(() => telemetry.tracer.startSpan('step', () => TraceContext.current()));
    expect(here.toTraceparent()).toBe(`00-${traceId}-${here.spanId}-01`);
    expect(here.toTracestate()).toBe('vendor=1');
  });

  it('sampled=0 is obeyed and passed on, its ids still in the log fields', () => {
    const from = TraceContext.fromTraceparent(`00-${traceId}-${spanId}-02`);
    const [here, fields] = from.run(() =>
      telemetry.tracer.startSpan('step', () => [TraceContext.current(), telemetry.logFields()] as const),
    );
    expect(here.toTraceparent()).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-02$`));
    expect(here.sampled).toBe(false);
    expect(fields).toMatchObject({ trace_id: traceId, trace_flags: '02', request_id: here.requestId });
  });
});
