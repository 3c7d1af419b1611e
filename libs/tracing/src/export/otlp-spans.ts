import type { Link, SpanContext, TraceState } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan, TimedEvent } from '@opentelemetry/sdk-trace';
import { writeAttributes, writeTime } from './otlp-values.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

type Scope = ReadableSpan['instrumentationScope'];

// Bits of `flags` beside the trace's own: whether it is known that the parent is in another process, and that it is.
const hasIsRemote = 0x100;
const isRemote = 0x200;
const flagsOfSpan = 0x01_85;

/** A span as it is sent, and whose it is. */
export interface EncodedSpan {
  readonly spanId: string;
  readonly resource: Resource;
  readonly scope: Scope;
  /** A `spans` field of `ScopeSpans`; undefined where the span holds what cannot be written. */
  readonly field: Uint8Array | undefined;
}

/**
 * Encodes spans for OTLP.
 *
 * @example
 * const { encodeSpan, encodeRequest } = spanEncoder();
 * const bytes = encodeRequest(spans.map(encodeSpan));
 */
export interface SpanEncoder {
  /**
   * To be done when a span ends: some microseconds of its own request, instead of a millisecond of
   * whichever request a batch falls into, and the span itself need not be kept until it is sent.
   */
  readonly encodeSpan: (span: ReadableSpan) => EncodedSpan;
  /**
   * The bytes of an `ExportTraceServiceRequest`. The bytes of several calls, put one after the other, are
   * one request as well: repeated fields add up.
   *
   * @throws RangeError where one of the spans has no field.
   */
  readonly encodeRequest: (spans: readonly EncodedSpan[]) => Buffer;
}

/** Makes an encoder, which remembers what comes again and again. */
export function spanEncoder(): SpanEncoder {
  const writer = new ProtobufWriter();
  // A process has one resource and a few scopes, which are the same in every batch.
  const resources = new WeakMap<Resource, Buffer>();
  const scopes = new WeakMap<Scope, Buffer>();

  return {
    encodeSpan(span) {
      const { resource, instrumentationScope: scope } = span;
      return { spanId: span.spanContext().spanId, resource, scope, field: spanField(writer, span) };
    },
    encodeRequest(spans) {
      const groups = grouped(spans);
      for (const { resource, scopes: within } of groups) {
        resourceField(writer, resource, resources);
        for (const { scope } of within) scopeField(writer, scope, scopes);
      }
      writer.reset();
      for (const { resource, scopes: within } of groups) {
        const resourceSpans = writer.open(0x0a, 2);
        writer.raw(resources.get(resource) as Buffer);
        for (const { scope, fields } of within) {
          const scopeSpans = writer.open(0x12, 2);
          writer.raw(scopes.get(scope) as Buffer);
          for (const field of fields) writer.raw(field);
          if (scope.schemaUrl) writer.text(0x1a, scope.schemaUrl);
          writer.close(scopeSpans, 2);
        }
        if (resource.schemaUrl) writer.text(0x1a, resource.schemaUrl);
        writer.close(resourceSpans, 2);
      }
      return writer.finish();
    },
  };
}

function spanField(writer: ProtobufWriter, span: ReadableSpan): Uint8Array | undefined {
  writer.reset();
  try {
    writeSpan(writer, span);
  } catch {
    return undefined;
  }
  return writer.finish();
}

interface ScopeGroup {
  readonly scope: Scope;
  readonly fields: Uint8Array[];
}

interface ResourceGroup {
  readonly resource: Resource;
  readonly scopes: ScopeGroup[];
}

function grouped(spans: readonly EncodedSpan[]): ResourceGroup[] {
  const groups: ResourceGroup[] = [];
  let group: ResourceGroup | undefined;
  let within: ScopeGroup | undefined;
  for (const { resource, scope, field } of spans) {
    if (field === undefined) throw new RangeError('a span holds what cannot be written');
    if (group?.resource !== resource) {
      within = undefined;
      group = groups.find((one) => one.resource === resource);
      if (group === undefined) groups.push((group = { resource, scopes: [] }));
    }
    if (within?.scope !== scope) {
      within = group.scopes.find((one) => one.scope === scope);
      if (within === undefined) group.scopes.push((within = { scope, fields: [] }));
    }
    within.fields.push(field);
  }
  return groups;
}

function resourceField(writer: ProtobufWriter, resource: Resource, known: WeakMap<Resource, Buffer>): void {
  // What detectors still find out is missing from what was written before.
  if (known.has(resource) && resource.asyncAttributesPending !== true) return;
  writer.reset();
  const mark = writer.open(0x0a, 2);
  writeAttributes(writer, 0x0a, resource.attributes);
  writer.close(mark, 2);
  known.set(resource, writer.finish());
}

function scopeField(writer: ProtobufWriter, scope: Scope, known: WeakMap<Scope, Buffer>): void {
  if (known.has(scope)) return;
  writer.reset();
  const mark = writer.open(0x0a, 1);
  writer.text(0x0a, scope.name);
  if (scope.version) writer.text(0x12, scope.version);
  writer.close(mark, 1);
  known.set(scope, writer.finish());
}

function writeSpan(writer: ProtobufWriter, span: ReadableSpan): void {
  const context = span.spanContext();
  const parent = span.parentSpanContext;
  const mark = writer.open(0x12, 2);
  writer.hex(0x0a, context.traceId);
  writer.hex(0x12, context.spanId);
  writeTraceState(writer, context);
  if (parent?.spanId) writer.hex(0x22, parent.spanId);
  writer.text(0x2a, span.name);
  // The API counts kinds from 0, the protocol from 1.
  writer.int(0x30, span.kind + 1);
  writeTime(writer, 0x39, span.startTime);
  writeTime(writer, 0x41, span.endTime);
  writeAttributes(writer, 0x4a, span.attributes);
  if (span.droppedAttributesCount > 0) writer.int(0x50, span.droppedAttributesCount);
  for (const event of span.events) writeEvent(writer, event);
  if (span.droppedEventsCount > 0) writer.int(0x60, span.droppedEventsCount);
  for (const link of span.links) writeLink(writer, link);
  if (span.droppedLinksCount > 0) writer.int(0x70, span.droppedLinksCount);
  const status = writer.open(0x7a, 1);
  if (span.status.message) writer.text(0x12, span.status.message);
  writer.int(0x18, span.status.code);
  writer.close(status, 1);
  writer.fixed32(flagsOfSpan, flagsOf(context.traceFlags, parent?.isRemote));
  writer.close(mark, 2);
}

function writeEvent(writer: ProtobufWriter, event: TimedEvent): void {
  const mark = writer.open(0x5a, 1);
  writeTime(writer, 0x09, event.time);
  writer.text(0x12, event.name);
  if (event.attributes !== undefined) writeAttributes(writer, 0x1a, event.attributes);
  if (event.droppedAttributesCount) writer.int(0x20, event.droppedAttributesCount);
  writer.close(mark, 1);
}

function writeLink(writer: ProtobufWriter, link: Link): void {
  const mark = writer.open(0x6a, 1);
  writer.hex(0x0a, link.context.traceId);
  writer.hex(0x12, link.context.spanId);
  writeTraceState(writer, link.context);
  if (link.attributes !== undefined) writeAttributes(writer, 0x22, link.attributes);
  if (link.droppedAttributesCount) writer.int(0x28, link.droppedAttributesCount);
  writer.fixed32(0x35, flagsOf(link.context.traceFlags, link.context.isRemote));
  writer.close(mark, 1);
}

// The spans of a trace share theirs, and often follow each other.
let lastTraceState: TraceState | undefined;
let lastWritten = '';

function writeTraceState(writer: ProtobufWriter, { traceState }: SpanContext): void {
  if (traceState === undefined) return;
  if (traceState !== lastTraceState) {
    lastWritten = traceState.serialize();
    lastTraceState = traceState;
  }
  if (lastWritten !== '') writer.text(0x1a, lastWritten);
}

function flagsOf(traceFlags: number, remote: boolean | undefined): number {
  return (traceFlags & 0xff) | hasIsRemote | (remote === true ? isRemote : 0);
}
