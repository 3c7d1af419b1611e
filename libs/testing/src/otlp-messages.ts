import protobuf from 'protobufjs';

/** The parts of OTLP's messages that tests look at. */
const source = `
syntax = "proto3";
package otlp;
message AnyValue {
  oneof value {
    string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4;
    ArrayValue array_value = 5; KeyValueList kvlist_value = 6; bytes bytes_value = 7;
  }
}
message ArrayValue { repeated AnyValue values = 1; }
message KeyValueList { repeated KeyValue values = 1; }
message KeyValue { string key = 1; AnyValue value = 2; }
message Scope { string name = 1; string version = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4; }
message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
message Event {
  fixed64 time_unix_nano = 1; string name = 2; repeated KeyValue attributes = 3; uint32 dropped_attributes_count = 4;
}
message Link {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; repeated KeyValue attributes = 4;
  uint32 dropped_attributes_count = 5; fixed32 flags = 6;
}
message Status { string message = 2; int32 code = 3; }
message Span {
  bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5; int32 kind = 6;
  fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8; repeated KeyValue attributes = 9;
  uint32 dropped_attributes_count = 10; repeated Event events = 11; uint32 dropped_events_count = 12;
  repeated Link links = 13; uint32 dropped_links_count = 14; Status status = 15; fixed32 flags = 16;
}
message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schema_url = 3; }
message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
message TraceRequest { repeated ResourceSpans resource_spans = 1; }
message PartialSuccess { int64 rejected = 1; string error_message = 2; }
message ExportResponse { PartialSuccess partial_success = 1; }
message RpcStatus { int32 code = 1; string message = 2; repeated Any details = 3; }
message Any { string type_url = 1; bytes value = 2; }
message RetryInfo { Duration retry_delay = 1; }
message Duration { int64 seconds = 1; int32 nanos = 2; }
message LogRecord {
  fixed64 time_unix_nano = 1; int32 severity_number = 2; string severity_text = 3; AnyValue body = 5;
  repeated KeyValue attributes = 6; fixed32 flags = 8; bytes trace_id = 9; bytes span_id = 10;
}
message ScopeLogs { Scope scope = 1; repeated LogRecord log_records = 2; }
message ResourceLogs { Resource resource = 1; repeated ScopeLogs scope_logs = 2; }
message LogsRequest { repeated ResourceLogs resource_logs = 1; }
`;

const { root } = protobuf.parse(source);
const traceRequest = root.lookupType('otlp.TraceRequest');
const logsRequest = root.lookupType('otlp.LogsRequest');
const exportResponse = root.lookupType('otlp.ExportResponse');
const rpcStatus = root.lookupType('otlp.RpcStatus');
const retryInfo = root.lookupType('otlp.RetryInfo');
const options = { longs: String, bytes: String, defaults: true, arrays: true };

/** A key with its value, as decoded. */
export interface WireAttribute {
  readonly key: string;
  readonly value?: WireValue;
}

/** One of its fields is set. */
export interface WireValue {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number;
  readonly arrayValue?: { readonly values: readonly WireValue[] };
}

/** A span as decoded; ids are base64, times nanoseconds in decimal. */
export interface WireSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly WireAttribute[];
  readonly events: readonly { timeUnixNano: string; name: string; attributes: readonly WireAttribute[] }[];
  readonly links: readonly { traceId: string; spanId: string; attributes: readonly WireAttribute[] }[];
  readonly status?: { readonly message: string; readonly code: number } | null;
  readonly flags: number;
}

/** A log record as decoded; ids are base64, times nanoseconds in decimal. */
export interface WireLog {
  readonly timeUnixNano: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body?: WireValue;
  readonly attributes: readonly WireAttribute[];
  readonly flags: number;
  readonly traceId: string;
  readonly spanId: string;
}

interface WireResource {
  readonly attributes: readonly WireAttribute[];
}

/** The spans of a request to the trace service. */
export function decodeTraceRequest(bytes: Buffer): {
  resourceSpans: { resource?: WireResource; scopeSpans: { scope?: { name: string }; spans: WireSpan[] }[] }[];
} {
  return traceRequest.toObject(traceRequest.decode(bytes), options) as ReturnType<typeof decodeTraceRequest>;
}

/** The records of a request to the logs service. */
export function decodeLogsRequest(bytes: Buffer): {
  resourceLogs: { resource?: WireResource; scopeLogs: { logRecords: WireLog[] }[] }[];
} {
  return logsRequest.toObject(logsRequest.decode(bytes), options) as ReturnType<typeof decodeLogsRequest>;
}

/** The response of each of the three services: a partial success, where something is given. */
export function encodeExportResponse(partial: {
  readonly rejected?: number;
  readonly message?: string;
}): Buffer {
  const { rejected, message } = partial;
  if (rejected === undefined && message === undefined) return Buffer.alloc(0);
  const partialSuccess = { rejected: rejected ?? 0, errorMessage: message ?? '' };
  return Buffer.from(exportResponse.encode({ partialSuccess }).finish());
}

/** A `google.rpc.Status` whose second detail is a `RetryInfo`. */
export function encodeRetryInfo(code: number, message: string, delayMs: number): Buffer {
  const retryDelay = { seconds: Math.floor(delayMs / 1_000), nanos: Math.round((delayMs % 1_000) * 1e6) };
  const details = [
    { typeUrl: 'type.googleapis.com/google.rpc.DebugInfo', value: Buffer.from([0x12, 1, 0x78]) },
    { typeUrl: 'type.googleapis.com/google.rpc.RetryInfo', value: retryInfo.encode({ retryDelay }).finish() },
  ];
  return Buffer.from(rpcStatus.encode({ code, message, details }).finish());
}
