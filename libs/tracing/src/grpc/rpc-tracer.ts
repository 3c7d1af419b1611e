import {
  context,
  INVALID_SPAN_CONTEXT,
  SpanKind,
  trace,
  type Attributes,
  type Context,
  type Span,
  type SpanOptions,
  type Tracer,
  type TracerProvider,
} from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { hrTimeOf, nowEpochMs } from '../epoch-time.ts';
import { isUntraced } from '../request-context.ts';
import { withRandomFlag } from '../propagation/random-flag.ts';
import { rpcMethod, type ServerAddress } from './rpc-method.ts';
import { RpcSpan } from './rpc-span.ts';

/** What the wrappers round a call know and the instrumentation does not tell. */
export interface CallAnnouncement {
  readonly address: ServerAddress;
  /** Set when the call got a recording span. */
  span?: RpcSpan | undefined;
}

let announced: CallAnnouncement | undefined;

/** The next span that the instrumentation starts, in this same turn, is the one of this call. */
export function announceCall(call: CallAnnouncement): void {
  announced = call;
}

/**
 * Methods that make no span, `package.Service/Method`: long-lived streams, health, reflection, and
 * the arrival of telemetry itself, which would otherwise make more of it.
 */
export const defaultUntracedMethods: readonly string[] = [
  'ryzanstein.gpu.v1.GpuCoordinator/KeepAlive',
  'ryzanstein.gpu.v1.GpuCoordinator/ReportDevices',
  'ryzanstein.gpu.v1.GpuCoordinator/WatchLeases',
  'grpc.health.v1.Health/Check',
  'grpc.health.v1.Health/Watch',
  'grpc.health.v1.Health/List',
  'grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  'grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
  'opentelemetry.proto.collector.trace.v1.TraceService/Export',
  'opentelemetry.proto.collector.logs.v1.LogsService/Export',
  'opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
];

export interface RpcTracerOptions {
  readonly untracedMethods: Iterable<string>;
  /** Also write the names of before the RPC conventions' release candidate. */
  readonly oldNames: boolean;
}

/** The tracer that the gRPC instrumentation uses: final names and attributes before the sampler runs. */
class RpcTracer implements Tracer {
  private readonly tracer: Tracer;
  private readonly untraced: ReadonlySet<string>;
  private readonly oldNames: boolean;

  constructor(tracer: Tracer, options: RpcTracerOptions) {
    this.tracer = tracer;
    this.untraced = new Set(options.untracedMethods);
    this.oldNames = options.oldNames;
  }

  startSpan(name: string, options: SpanOptions = {}, parent: Context = context.active()): Span {
    const call = announced;
    announced = undefined;
    const method = rpcMethod(name);
    // A stand-in with the parent's ids: the instrumentation passes the trace on, and no span is made.
    if (this.untraced.has(method.name) || isUntraced(parent) || isTracingSuppressed(parent)) {
      return trace.wrapSpanContext(trace.getSpanContext(parent) ?? INVALID_SPAN_CONTEXT);
    }
    const kind = options.kind ?? SpanKind.INTERNAL;
    const startEpochMs = nowEpochMs();
    const attributes = attributesOf(method.attributes, call?.address);
    if (this.oldNames) addOldNames(attributes, method.name);
    const span = this.tracer.startSpan(
      method.name,
      { kind, attributes, startTime: hrTimeOf(startEpochMs) },
      parent,
    );
    if (!span.isRecording()) return withRandomFlag(span, parent);
    const rpcSpan = new RpcSpan(span, method, kind, startEpochMs, this.oldNames);
    if (call !== undefined) call.span = rpcSpan;
    return rpcSpan;
  }

  startActiveSpan<F extends (span: Span) => unknown>(name: string, fn: F): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    fn: F,
  ): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    parent: Context,
    fn: F,
  ): ReturnType<F>;
  startActiveSpan(...given: unknown[]): unknown {
    const fn = given.pop() as (span: Span) => unknown;
    const [name, options, parent = context.active()] = given as [string, SpanOptions?, Context?];
    const span = this.startSpan(name, options, parent);
    return context.with(trace.setSpan(parent, span), fn, undefined, span);
  }
}

function attributesOf(method: Readonly<Attributes>, address: ServerAddress | undefined): Attributes {
  if (address === undefined) return { ...method };
  if (address.port === undefined) return { ...method, 'server.address': address.address };
  return { ...method, 'server.address': address.address, 'server.port': address.port };
}

function addOldNames(attributes: Attributes, method: string): void {
  attributes['rpc.system'] = 'grpc';
  attributes['rpc.service'] = method.slice(0, method.lastIndexOf('/'));
}

/** A provider for the gRPC instrumentation alone; `provider` makes the spans themselves. */
export function rpcTracerProvider(provider: TracerProvider, options: RpcTracerOptions): TracerProvider {
  return {
    getTracer: (name, version, tracerOptions) =>
      new RpcTracer(provider.getTracer(name, version, tracerOptions), options),
  };
}
