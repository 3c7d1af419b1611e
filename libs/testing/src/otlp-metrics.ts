import type { RecordedMetric, RecordedPoint } from '@ryzanstein/tracing/testing';
import protobuf from 'protobufjs';

/** The parts of OTLP's metric messages that tests look at. */
const source = `
syntax = "proto3";
package otlp;
message AnyValue { oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; } }
message KeyValue { string key = 1; AnyValue value = 2; }
message Resource { repeated KeyValue attributes = 1; }
message Scope { string name = 1; }
message NumberPoint {
  fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3;
  oneof value { double as_double = 4; sfixed64 as_int = 6; }
  repeated KeyValue attributes = 7;
}
message HistogramPoint {
  fixed64 start_time_unix_nano = 2; fixed64 time_unix_nano = 3; fixed64 count = 4; optional double sum = 5;
  repeated fixed64 bucket_counts = 6; repeated double explicit_bounds = 7; repeated KeyValue attributes = 9;
  optional double min = 11; optional double max = 12;
}
message Gauge { repeated NumberPoint data_points = 1; }
message Sum { repeated NumberPoint data_points = 1; int32 aggregation_temporality = 2; bool is_monotonic = 3; }
message Histogram { repeated HistogramPoint data_points = 1; int32 aggregation_temporality = 2; }
message Metric {
  string name = 1; string description = 2; string unit = 3;
  oneof data { Gauge gauge = 5; Sum sum = 7; Histogram histogram = 9; }
}
message ScopeMetrics { Scope scope = 1; repeated Metric metrics = 2; }
message ResourceMetrics { Resource resource = 1; repeated ScopeMetrics scope_metrics = 2; }
message MetricsRequest { repeated ResourceMetrics resource_metrics = 1; }
`;

const request = protobuf.parse(source).root.lookupType('otlp.MetricsRequest');

interface Value {
  readonly stringValue?: string;
  readonly boolValue?: boolean;
  readonly intValue?: string;
  readonly doubleValue?: number;
}

type Pairs = readonly { readonly key: string; readonly value?: Value }[];

interface Timed {
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly attributes: Pairs;
}

interface NumberPoint extends Timed {
  readonly asDouble?: number;
  readonly asInt?: string;
}

interface HistogramPoint extends Timed {
  readonly count: string;
  readonly sum?: number;
  readonly bucketCounts: readonly string[];
  readonly explicitBounds: readonly number[];
  readonly min?: number;
  readonly max?: number;
}

interface Metric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly gauge?: { readonly dataPoints: readonly NumberPoint[] };
  readonly sum?: {
    readonly dataPoints: readonly NumberPoint[];
    readonly aggregationTemporality: number;
    readonly isMonotonic: boolean;
  };
  readonly histogram?: {
    readonly dataPoints: readonly HistogramPoint[];
    readonly aggregationTemporality: number;
  };
}

interface Request {
  readonly resourceMetrics: readonly {
    readonly resource?: { readonly attributes: Pairs };
    readonly scopeMetrics: readonly {
      readonly scope?: { name: string };
      readonly metrics: readonly Metric[];
    }[];
  }[];
}

/** A metric that came in over OTLP. */
export interface CollectedMetric extends RecordedMetric {
  readonly service: string;
}

/** The metrics of a request to the metrics service. */
export function decodeMetricsRequest(bytes: Buffer): CollectedMetric[] {
  const options = { longs: String, defaults: false, arrays: true };
  const { resourceMetrics } = request.toObject(request.decode(bytes), options) as Request;
  return resourceMetrics.flatMap(({ resource, scopeMetrics }) => {
    const service = String(labelsOf(resource?.attributes ?? [])['service.name']);
    return scopeMetrics.flatMap(({ scope, metrics }) =>
      metrics.map((metric) => ({ ...collected(metric, scope?.name ?? ''), service })),
    );
  });
}

function collected(metric: Metric, scope: string): RecordedMetric {
  const { name, description = '', unit = '', gauge, sum, histogram } = metric;
  const temporality = (histogram ?? sum)?.aggregationTemporality === 1 ? 'delta' : 'cumulative';
  const common = { name, description, unit, scope, temporality } as const;
  if (histogram !== undefined) {
    const bounds = histogram.dataPoints[0]?.explicitBounds ?? [];
    const points = histogram.dataPoints.map((point) => ({
      ...labelled(point),
      value: point.sum ?? NaN,
      count: Number(point.count ?? 0),
      counts: point.bucketCounts.map(Number),
      min: point.min,
      max: point.max,
    }));
    return { ...common, kind: 'histogram', monotonic: false, bounds, points };
  }
  const points = ((sum ?? gauge)?.dataPoints ?? []).map((point) => ({
    ...labelled(point),
    value: point.asDouble ?? Number(point.asInt ?? 0),
  }));
  return {
    ...common,
    kind: sum === undefined ? 'gauge' : 'sum',
    monotonic: sum?.isMonotonic ?? false,
    points,
  };
}

function labelled({ attributes, startTimeUnixNano, timeUnixNano }: Timed): Omit<RecordedPoint, 'value'> {
  return {
    labels: labelsOf(attributes),
    startEpochMs: Number(BigInt(startTimeUnixNano)) / 1e6,
    endEpochMs: Number(BigInt(timeUnixNano)) / 1e6,
  };
}

function labelsOf(attributes: Pairs): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value: { intValue, ...rest } = {} }) => [
      key,
      intValue === undefined ? (rest.stringValue ?? rest.boolValue ?? rest.doubleValue) : Number(intValue),
    ]),
  );
}
