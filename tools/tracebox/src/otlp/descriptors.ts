import type { INamespace } from 'protobufjs';

const text = (id: number) => ({ id, type: 'string' });
const many = (id: number, type: string) => ({ id, type, rule: 'repeated' });

const attributes = (id: number) => many(id, 'KeyValue');

/** One `Export` request and its answer; the three signals differ only in names. */
const exportMessages = (signal: string, groups: string, rejected: string) => ({
  [`Export${signal}ServiceRequest`]: { fields: { [groups]: many(1, `Resource${capital(groups.slice(8))}`) } },
  [`Export${signal}ServiceResponse`]: {
    fields: { partialSuccess: { id: 1, type: `Export${signal}PartialSuccess` } },
  },
  [`Export${signal}PartialSuccess`]: {
    fields: { [rejected]: { id: 1, type: 'int64' }, errorMessage: text(2) },
  },
});

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/**
 * The part of OTLP 1.x that is kept here: field numbers and types as the protocol defines them.
 * Fields that are left out are skipped by the decoder, as protobuf wants it.
 */
export const otlpDescriptors: INamespace = {
  nested: {
    AnyValue: {
      oneofs: {
        value: {
          oneof: [
            'stringValue',
            'boolValue',
            'intValue',
            'doubleValue',
            'arrayValue',
            'kvlistValue',
            'bytesValue',
          ],
        },
      },
      fields: {
        stringValue: text(1),
        boolValue: { id: 2, type: 'bool' },
        intValue: { id: 3, type: 'int64' },
        doubleValue: { id: 4, type: 'double' },
        arrayValue: { id: 5, type: 'ArrayValue' },
        kvlistValue: { id: 6, type: 'KeyValueList' },
        bytesValue: { id: 7, type: 'bytes' },
      },
    },
    ArrayValue: { fields: { values: many(1, 'AnyValue') } },
    KeyValueList: { fields: { values: many(1, 'KeyValue') } },
    KeyValue: { fields: { key: text(1), value: { id: 2, type: 'AnyValue' } } },
    Resource: { fields: { attributes: attributes(1) } },
    InstrumentationScope: { fields: { name: text(1), version: text(2), attributes: attributes(3) } },

    ...exportMessages('Trace', 'resourceSpans', 'rejectedSpans'),
    ResourceSpans: { fields: { resource: { id: 1, type: 'Resource' }, scopeSpans: many(2, 'ScopeSpans') } },
    ScopeSpans: { fields: { scope: { id: 1, type: 'InstrumentationScope' }, spans: many(2, 'Span') } },
    Span: {
      fields: {
        traceId: { id: 1, type: 'bytes' },
        spanId: { id: 2, type: 'bytes' },
        traceState: text(3),
        parentSpanId: { id: 4, type: 'bytes' },
        name: text(5),
        kind: { id: 6, type: 'int32' },
        startTimeUnixNano: { id: 7, type: 'fixed64' },
        endTimeUnixNano: { id: 8, type: 'fixed64' },
        attributes: attributes(9),
        droppedAttributesCount: { id: 10, type: 'uint32' },
        events: many(11, 'SpanEvent'),
        droppedEventsCount: { id: 12, type: 'uint32' },
        links: many(13, 'SpanLink'),
        droppedLinksCount: { id: 14, type: 'uint32' },
        status: { id: 15, type: 'Status' },
        flags: { id: 16, type: 'fixed32' },
      },
    },
    SpanEvent: {
      fields: { timeUnixNano: { id: 1, type: 'fixed64' }, name: text(2), attributes: attributes(3) },
    },
    SpanLink: {
      fields: {
        traceId: { id: 1, type: 'bytes' },
        spanId: { id: 2, type: 'bytes' },
        traceState: text(3),
        attributes: attributes(4),
        flags: { id: 6, type: 'fixed32' },
      },
    },
    Status: { fields: { message: text(2), code: { id: 3, type: 'int32' } } },

    ...exportMessages('Logs', 'resourceLogs', 'rejectedLogRecords'),
    ResourceLogs: { fields: { resource: { id: 1, type: 'Resource' }, scopeLogs: many(2, 'ScopeLogs') } },
    ScopeLogs: {
      fields: { scope: { id: 1, type: 'InstrumentationScope' }, logRecords: many(2, 'LogRecord') },
    },
    LogRecord: {
      fields: {
        timeUnixNano: { id: 1, type: 'fixed64' },
        severityNumber: { id: 2, type: 'int32' },
        severityText: text(3),
        body: { id: 5, type: 'AnyValue' },
        attributes: attributes(6),
        flags: { id: 8, type: 'fixed32' },
        traceId: { id: 9, type: 'bytes' },
        spanId: { id: 10, type: 'bytes' },
        observedTimeUnixNano: { id: 11, type: 'fixed64' },
        eventName: text(12),
      },
    },

    // Metrics are accepted and dropped: only the outermost shape is checked.
    ...exportMessages('Metrics', 'resourceMetrics', 'rejectedDataPoints'),
    ResourceMetrics: { fields: { resource: { id: 1, type: 'Resource' } } },

    // google.rpc.Status: the body of every failed OTLP/HTTP request.
    RpcStatus: { fields: { code: { id: 1, type: 'int32' }, message: text(2) } },
  },
};
