import { createTraceState, SpanKind, SpanStatusCode, type Attributes } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { decodeTraceRequest } from '@ryzanstein/testing';
import fc from 'fast-check';
import { spanEncoder } from './otlp-spans.ts';

const hex = (bytes: number) =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((id) => Buffer.from(id.map((byte) => byte | 1)).toString('hex'));
// Code units: halves of surrogate pairs stand alone in some of them.
const text = fc.oneof(
  fc.string({ maxLength: 90 }),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 90 })
    .map((codes) => String.fromCharCode(...codes)),
  fc.constantFrom('', 'x'.repeat(64), 'x'.repeat(65), 'x'.repeat(127), 'é'.repeat(64), 'x'.repeat(17_000)),
);
const number = fc.oneof(
  fc.integer(),
  fc.maxSafeInteger(),
  fc.double(),
  fc.constantFrom(
    0,
    -0,
    127,
    128,
    -1,
    2 ** 31,
    2 ** 32,
    -(2 ** 32),
    2 ** 53,
    2 ** 62,
    -(2 ** 63),
    2 ** 63,
    1e300,
  ),
);
const simple = fc.oneof(text, number, fc.boolean(), fc.uint8Array({ maxLength: 200 }));
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    { arbitrary: simple, weight: 8 },
    { arbitrary: fc.array(fc.oneof(simple, fc.constantFrom(null, undefined)), { maxLength: 4 }), weight: 2 },
    fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), tie('value'), { maxKeys: 3 }),
  ),
}));
const attributes = fc.dictionary(text, value, { maxKeys: 8 }).map((values) => values as Attributes);
const time = fc.tuple(fc.integer({ min: 0, max: 4_294_967_295 }), fc.integer({ min: 0, max: 999_999_999 }));
const count = fc.constantFrom(0, 0, 0, 1, 300, 4_000_000_000);
const context = fc.record({
  traceId: hex(16),
  spanId: hex(8),
  traceFlags: fc.integer({ min: 0, max: 255 }),
  traceState: fc.constantFrom(undefined, createTraceState('a=1,b=2'), createTraceState('')),
  isRemote: fc.constantFrom(undefined, true, false),
});
const resource = fc.constantFrom(
  resourceFromAttributes({ 'service.name': 'one', 'process.pid': 7 }),
  resourceFromAttributes({ 'service.name': 'two', long: 'x'.repeat(300) }, { schemaUrl: 'https://schema/1' }),
);
const scope = fc.constantFrom(
  { name: 'first' },
  { name: 'second', version: '1.2', schemaUrl: 'https://schema/2' },
);
const span = fc
  .record({
    context,
    parentSpanContext: fc.option(context, { nil: undefined }),
    name: text,
    kind: fc.constantFrom(
      SpanKind.INTERNAL,
      SpanKind.SERVER,
      SpanKind.CLIENT,
      SpanKind.PRODUCER,
      SpanKind.CONSUMER,
    ),
    startTime: time,
    endTime: time,
    attributes,
    events: fc.array(
      fc.record({
        name: text,
        time,
        attributes: fc.option(attributes, { nil: undefined }),
        droppedAttributesCount: count,
      }),
      { maxLength: 3 },
    ),
    links: fc.array(
      fc.record({
        context,
        attributes: fc.option(attributes, { nil: undefined }),
        droppedAttributesCount: count,
      }),
      { maxLength: 3 },
    ),
    status: fc.record({
      code: fc.constantFrom(SpanStatusCode.UNSET, SpanStatusCode.OK, SpanStatusCode.ERROR),
      message: fc.option(text, { nil: undefined }),
    }),
    droppedAttributesCount: count,
    droppedEventsCount: count,
    droppedLinksCount: count,
    resource,
    instrumentationScope: scope,
  })
  .map(
    ({ context: own, ...rest }) =>
      ({ ...rest, spanContext: () => own, duration: [0, 0], ended: true }) as unknown as ReadableSpan,
  );

/** From spans to the bytes of a request. */
function requestEncoder(): (spans: readonly ReadableSpan[]) => Buffer {
  const { encodeSpan, encodeRequest } = spanEncoder();
  return (spans) => encodeRequest(spans.map(encodeSpan));
}

function stock(spans: readonly ReadableSpan[]): unknown {
  const bytes = ProtobufTraceSerializer.serializeRequest([...spans]);
  return decodeTraceRequest(Buffer.from(bytes ?? []));
}

it('writes every span as the SDK does, field by field', () => {
  const encode = requestEncoder();
  fc.assert(
    fc.property(fc.array(span, { maxLength: 6 }), (spans) => {
      expect(decodeTraceRequest(encode(spans))).toEqual(stock(spans));
    }),
    { numRuns: 60 },
  );
});

it('has values as they are: the whole numbers of 64 bits, halves of pairs, bytes and lists', () => {
  const attributes = {
    zero: 0,
    big: 2 ** 53 + 2,
    negative: -(2 ** 40) - 1,
    tooBig: 2 ** 64,
    half: 0.5,
    yes: true,
    lone: 'a\ud800b',
    emoji: '👩‍🔬',
    bytes: new Uint8Array([0, 255]),
    list: ['a', 1, [2.5]],
  };
  const [one] = fc.sample(span, { numRuns: 1, seed: 1 }) as [ReadableSpan];
  const bytes = requestEncoder()([{ ...one, attributes: attributes }]);
  expect(decodeTraceRequest(bytes).resourceSpans[0]?.scopeSpans[0]?.spans[0]?.attributes).toEqual([
    { key: 'zero', value: { intValue: '0' } },
    { key: 'big', value: { intValue: '9007199254740994' } },
    { key: 'negative', value: { intValue: '-1099511627777' } },
    { key: 'tooBig', value: { doubleValue: 2 ** 64 } },
    { key: 'half', value: { doubleValue: 0.5 } },
    { key: 'yes', value: { boolValue: true } },
    { key: 'lone', value: { stringValue: 'a\ufffdb' } },
    { key: 'emoji', value: { stringValue: '👩‍🔬' } },
    { key: 'bytes', value: { bytesValue: 'AP8=' } },
    {
      key: 'list',
      value: {
        arrayValue: {
          values: [
            { stringValue: 'a' },
            { intValue: '1' },
            { arrayValue: { values: [{ doubleValue: 2.5 }] } },
          ],
        },
      },
    },
  ]);
});

it('makes one request of the bytes of several', () => {
  const spans = fc.sample(span, { numRuns: 5, seed: 2 });
  const encode = requestEncoder();
  const both = Buffer.concat([encode(spans.slice(0, 2)), encode(spans.slice(2))]);
  const ids = (bytes: Buffer) =>
    decodeTraceRequest(bytes).resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap((group) => group.spans.map(({ spanId }) => spanId)),
    );
  expect(ids(both).sort()).toEqual(ids(encode(spans)).sort());
  expect(ids(both)).toHaveLength(5);
});

it('is not harmed by values that cannot be written, nor by the batch before', () => {
  const encode = requestEncoder();
  const [one] = fc.sample(span, { numRuns: 1, seed: 3 }) as [ReadableSpan];
  const endless: Record<string, unknown> = {};
  endless.self = endless;
  expect(() => encode([{ ...one, attributes: endless }])).toThrow(RangeError);
  const huge = { ...one, attributes: { text: 'x'.repeat(3_000_000) } };
  expect(decodeTraceRequest(encode([huge]))).toEqual(stock([huge]));
  expect(decodeTraceRequest(encode([one]))).toEqual(stock([one]));
});
