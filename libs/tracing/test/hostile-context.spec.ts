import { Metadata } from '@grpc/grpc-js';
import { serverCallHook } from '../src/grpc/call-hooks.ts';
import { TraceContext } from '../src/trace-context.ts';
import { good, traceId, traceparents, type Sent } from './hostile-traceparents.ts';
import { baggages, requestIds } from './hostile-requests.ts';
import { tracestates } from './hostile-tracestates.ts';

type Fields = Readonly<Record<string, Sent>>;

const valuesOf = (sent: Sent) => (typeof sent === 'string' ? [sent] : (sent ?? []));

/** As grpc-js makes them of what arrives: a value that they cannot hold is left out. */
function metadataOf(fields: Fields): Metadata {
  const metadata = new Metadata();
  for (const [name, sent] of Object.entries(fields)) {
    for (const value of valuesOf(sent)) {
      try {
        metadata.add(name, value);
      } catch {
        // grpc-js logs it and goes on without.
      }
    }
  }
  return metadata;
}

const pairsOf = (fields: Fields) =>
  Object.entries(fields).flatMap(([name, sent]) => valuesOf(sent).map((value) => [name, value] as const));

const carriers: Readonly<Record<string, (fields: Fields) => TraceContext>> = {
  headers: (fields) => TraceContext.fromHeaders(fields),
  'headers in capitals': (fields) =>
    TraceContext.fromHeaders(
      Object.fromEntries(Object.entries(fields).map(([name, sent]) => [name.toUpperCase(), sent])),
    ),
  pairs: (fields) => TraceContext.fromHeaders(pairsOf(fields)),
  metadata: (fields) => TraceContext.fromMetadata(metadataOf(fields)),
};

describe.each(Object.entries(carriers))('over %s', (carrier, arrive) => {
  // gRPC metadata cannot hold a tab.
  const ifHeld = (sent: Sent, leaves: string | undefined) =>
    carrier === 'metadata' && valuesOf(sent).some((value) => value.includes('\t')) ? undefined : leaves;

  it.each(traceparents)('a traceparent of %s', (_title, sent, leaves) => {
    const context = arrive({ traceparent: sent, tracestate: 'a=1' });
    expect(context).toMatchObject({
      traceId: leaves?.slice(3, 35),
      spanId: leaves?.slice(36, 52),
      sampled: leaves !== undefined && (Number.parseInt(leaves.slice(53), 16) & 1) === 1,
    });
    const { traceparent, tracestate } = context.toHeaders();
    expect({ traceparent, tracestate }).toEqual({
      traceparent: leaves,
      tracestate: leaves === undefined ? undefined : 'a=1',
    });
  });

  it.each(tracestates)('a tracestate of %s', (_title, sent, leaves) => {
    const context = arrive({ traceparent: good, tracestate: sent });
    const { traceparent, tracestate } = context.toHeaders();
    expect({ traceparent, tracestate }).toEqual({ traceparent: good, tracestate: ifHeld(sent, leaves) });
    expect(arrive({ tracestate: sent }).toHeaders()['tracestate']).toBeUndefined();
  });

  it.each(baggages)('baggage of %s', (_title, sent, leaves) => {
    const held = ifHeld(sent, leaves);
    expect(arrive({ baggage: sent }).toHeaders().baggage).toBe(held);
    const { traceparent, baggage } = arrive({ traceparent: good, baggage: sent }).toHeaders();
    expect({ traceparent, baggage }).toEqual({ traceparent: good, baggage: held });
  });

  it.each(requestIds)('an x-request-id of %s', (_title, sent, leaves) => {
    const context = arrive({ 'x-request-id': sent, traceparent: good });
    if (leaves === undefined) expect(context.requestId).toMatch(/^[0-9a-f]{32}$/);
    else expect(context.requestId).toBe(leaves);
    expect(context.toHeaders()).toEqual({ traceparent: good, 'x-request-id': context.requestId });
    expect(context.toMetadata().get('x-request-id')).toEqual([context.requestId]);
  });
});

describe('over gRPC', () => {
  it.each([
    ['grpc-trace-bin', Buffer.from([0, 0, ...Buffer.from(traceId, 'hex')])],
    ['traceparent-bin', Buffer.from(good)],
    ['tracestate-bin', Buffer.from('a=1')],
    ['baggage-bin', Buffer.from('a=1')],
    ['x-request-id-bin', Buffer.from('r')],
    ['grpc-tags-bin', Buffer.from([0xff, 0xfe])],
  ])('%s is nobody here: nothing of it is read, and nothing of it leaves', (key, value) => {
    const metadata = metadataOf({ traceparent: good, 'x-request-id': 'r' });
    metadata.add(key, value);
    metadata.add(key, value);
    const leaves = { traceparent: good, 'x-request-id': 'r' };
    expect(TraceContext.fromMetadata(metadata).toMetadata().getMap()).toEqual(leaves);
    const alone = new Metadata();
    alone.add(key, value);
    const { traceparent, tracestate, baggage, ...rest } = TraceContext.fromMetadata(alone).toHeaders();
    expect([traceparent, tracestate, baggage, Object.keys(rest)]).toEqual([
      undefined,
      undefined,
      undefined,
      ['x-request-id'],
    ]);
  });

  it('keys in capitals are the same keys', () => {
    const metadata = new Metadata();
    metadata.add('TraceParent', good);
    metadata.add('X-Request-ID', 'r');
    expect(TraceContext.fromMetadata(metadata).toHeaders()).toEqual({
      traceparent: good,
      'x-request-id': 'r',
    });
  });

  it.each(requestIds)(
    'an x-request-id of %s is answered, in trailers after an error',
    (_title, sent, leaves) => {
      const [ok, failed] = ['OK', 'UNAVAILABLE'].map((code) => {
        const [responseHeaders, trailers] = [new Metadata(), new Metadata()];
        let end = (_outcome: { code: string }): void => {};
        const requestMetadata = metadataOf({ 'x-request-id': sent });
        const onEnd = (listener: typeof end) => void (end = listener);
        serverCallHook({ method: 'a.B/C', requestMetadata, responseHeaders, trailers, onEnd }, () => {});
        end({ code });
        return [responseHeaders.get('x-request-id'), trailers.get('x-request-id')];
      });
      const id = leaves ?? expect.stringMatching(/^[0-9a-f]{32}$/);
      expect([ok, failed]).toEqual([
        [[id], []],
        [[id], [id]],
      ]);
      expect(failed?.[0]).toEqual(failed?.[1]);
    },
  );
});

describe('over HTTP', () => {
  const fields = { TraceParent: good, traceState: 'a=1', 'X-Request-Id': 'r', Baggage: 'b=2' };
  const leaves = { traceparent: good, tracestate: 'a=1', 'x-request-id': 'r', baggage: 'b=2' };

  it.each([
    ['a record in any case', fields],
    ['fetch Headers', new Headers(fields)],
    ['a Map', new Map(Object.entries(fields))],
    ['pairs', Object.entries(fields)],
    ['a record without a prototype', Object.assign(Object.create(null) as object, fields)],
  ])('%s is read', (_title, carrier) => {
    expect(TraceContext.fromHeaders(carrier as Headers).toHeaders()).toEqual(leaves);
  });

  it('one name in two spellings is two headers', () => {
    expect(TraceContext.fromHeaders({ traceparent: good, Traceparent: good }).traceId).toBeUndefined();
    const twice = { traceparent: good, tracestate: 'a=1', TRACESTATE: 'b=2' };
    expect(TraceContext.fromHeaders(twice).toTracestate()).toBe('a=1,b=2');
  });

  it('fetch Headers join several: blanks round them are gone, two traceparents are none', () => {
    const headers = new Headers([
      ['traceparent', ` ${good}\t`],
      ['tracestate', 'a=1'],
      ['tracestate', 'b=2'],
    ]);
    expect(TraceContext.fromHeaders(headers).toHeaders()).toMatchObject({
      traceparent: good,
      tracestate: 'a=1,b=2',
    });
    headers.append('traceparent', good);
    expect(TraceContext.fromHeaders(headers).traceId).toBeUndefined();
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a number', 7],
    ['a text', good],
    ['a list of texts', ['traceparent', good]],
    ['values of other types', { traceparent: 7, tracestate: {}, baggage: null, 'x-request-id': [[]] }],
    ['lists of other types', { traceparent: [{}], tracestate: [1, null], baggage: [[]], 'x-request-id': [] }],
    ['broken pairs', [[], [1, 2], ['traceparent'], null, [{}, good]]],
  ])('%s for headers is no trace, and harmless', (_title, carrier) => {
    const context = TraceContext.fromHeaders(carrier as never);
    expect(context.toHeaders()).toEqual({ 'x-request-id': expect.stringMatching(/^[0-9a-f]{32}$/) });
  });
});

it('covers more than 150 cases, each of them different', () => {
  const all = [traceparents, tracestates, baggages, requestIds];
  const count = all.reduce(
    (sum, cases) => sum + new Set(cases.map(([, sent]) => JSON.stringify(sent))).size,
    0,
  );
  expect(count).toBe(all.reduce((sum, cases) => sum + cases.length, 0));
  expect(count).toBeGreaterThan(150);
});
