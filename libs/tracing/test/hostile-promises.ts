import { Metadata } from '@grpc/grpc-js';
import fc from 'fast-check';
import { TraceContext } from '../src/trace-context.ts';
import {
  arrivingFields,
  validBaggage,
  validRequestId,
  validTraceparent,
  validTracestate,
  type ArrivingFields,
} from './hostile-fields.ts';
import { isBaggage, isRequestId, isTraceparent, isTracestate } from './w3c-grammar.ts';

/** Something that holds whatever arrives. */
export interface Promised {
  readonly title: string;
  /** Tries it; what was found against it, or undefined. */
  readonly refute: (options: { readonly numRuns: number; readonly seed?: number }) => string | undefined;
}

function promised<Values>(title: string, property: fc.IProperty<Values>): Promised {
  return { title, refute: (options) => fc.defaultReportMessage(fc.check(property, options)) };
}

function metadataOf(fields: Partial<ArrivingFields>): Metadata {
  const metadata = new Metadata();
  for (const [name, values] of Object.entries(fields)) {
    for (const value of values) {
      // grpc-js leaves out what it cannot hold.
      if (/^[ -~]*$/.test(value)) metadata.add(name, value);
    }
  }
  return metadata;
}

function must(holds: boolean, what: string, context: TraceContext): void {
  if (!holds) throw new Error(`${what}: ${JSON.stringify(context.toHeaders())}`);
}

/** What leaves is valid, whatever arrived, and the same in every form. */
function leavesValid(context: TraceContext): void {
  const { traceparent, tracestate, baggage, 'x-request-id': requestId = '', ...rest } = context.toHeaders();
  must(Object.keys(rest).length === 0, 'nothing else leaves', context);
  must(isRequestId(requestId) && requestId === context.requestId, 'a request id leaves', context);
  must(traceparent === undefined || isTraceparent(traceparent), 'traceparent is valid', context);
  must(tracestate === undefined || isTracestate(tracestate), 'tracestate is valid', context);
  must(baggage === undefined || isBaggage(baggage), 'baggage is valid', context);
  must(traceparent !== undefined || tracestate === undefined, 'no tracestate without traceparent', context);
  must(traceparent === context.toTraceparent(), 'one traceparent', context);
  must(tracestate === context.toTracestate(), 'one tracestate', context);
  const again = TraceContext.fromMetadata(context.toMetadata()).toHeaders();
  must(JSON.stringify(again) === JSON.stringify(context.toHeaders()), 'metadata carry the same', context);
}

const continued = (traceparent: string) => {
  const flags = Number.parseInt(traceparent.slice(53, 55), 16) & 3;
  return `00${traceparent.slice(2, 53)}0${flags}`;
};

const onlyIf = (values: readonly string[], one: string | undefined) =>
  one === undefined || (values.length === 1 && values[0]?.slice(3, 52) === one.slice(3, 52));

/** Members in their order, whatever stands round them. */
const membersOf = (values: readonly string[]) =>
  values
    .join(',')
    .split(',')
    .map((member) => member.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((member) => member !== '');

/** All that the propagation promises about what it did not write itself. */
export const promises: readonly Promised[] = [
  promised(
    'whatever arrives in HTTP headers, nothing throws and what leaves is valid',
    fc.property(arrivingFields, (fields) => leavesValid(TraceContext.fromHeaders(fields))),
  ),
  promised(
    'whatever arrives in gRPC metadata, nothing throws and what leaves is valid',
    fc.property(arrivingFields, fc.uint8Array({ maxLength: 40 }), (fields, bytes) => {
      const metadata = metadataOf(fields);
      const before = TraceContext.fromMetadata(metadata);
      leavesValid(before);
      for (const key of ['grpc-trace-bin', 'traceparent-bin', 'x-request-id-bin'])
        metadata.add(key, Buffer.from(bytes));
      const after = TraceContext.fromMetadata(metadata);
      must(after.toTraceparent() === before.toTraceparent(), 'binary keys change nothing', after);
    }),
  ),
  promised(
    'only what came leaves: ids, and members in their order',
    fc.property(arrivingFields, (fields) => {
      const context = TraceContext.fromHeaders(fields);
      const { traceparent, tracestate, baggage } = context.toHeaders();
      must(onlyIf(fields.traceparent, traceparent), 'the ids that came', context);
      must(
        tracestate === undefined || tracestate === membersOf(fields.tracestate).join(','),
        'the members that came',
        context,
      );
      must(
        baggage === undefined ||
          baggage ===
            fields.baggage
              .join(',')
              .replaceAll('\t', ' ')
              .replace(/^ +| +$/g, ''),
        'the baggage that came',
        context,
      );
      const [first = ''] = fields['x-request-id'];
      must(
        isRequestId(first) ? context.requestId === first : /^[0-9a-f]{32}$/.test(context.requestId ?? ''),
        'the request id that came, or a new one',
        context,
      );
    }),
  ),
  promised(
    'what is valid goes through exactly, but for version and unknown flags',
    fc.property(
      validTraceparent,
      validTracestate,
      validBaggage,
      validRequestId,
      (traceparent, tracestate, baggage, requestId) => {
        const sent = { traceparent, tracestate, baggage, 'x-request-id': requestId };
        const expected = JSON.stringify({ ...sent, traceparent: continued(traceparent) });
        const context = TraceContext.fromHeaders(sent);
        must(JSON.stringify(context.toHeaders()) === expected, 'headers carry it', context);
        const metadata = TraceContext.fromMetadata(
          metadataOf(Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, [value]]))),
        );
        must(JSON.stringify(metadata.toHeaders()) === expected, 'metadata carry it', metadata);
      },
    ),
  ),
  promised(
    'a tracestate is split over headers, blanked and emptied without harm',
    fc.property(validTraceparent, validTracestate, fc.nat(40), (traceparent, tracestate, place) => {
      const members = tracestate.split(',');
      const at = place % (members.length + 1);
      const parts = [members.slice(0, at).join(' ,\t'), members.slice(at).join(',, ')];
      const context = TraceContext.fromHeaders({ traceparent, tracestate: parts });
      must(context.toTracestate() === tracestate, 'the same list', context);
      for (const member of members) {
        const [key = '', value] = member.split('=');
        must(context.spanContext()?.traceState?.get(key) === value, 'every member can be read', context);
      }
    }),
  ),
];
