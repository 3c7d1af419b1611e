import type { SpanKind } from '@opentelemetry/api';
import {
  SpanStatusCode,
  type Attributes,
  type AttributeValue,
  type Exception,
  type Link,
  type Span,
  type SpanContext,
  type SpanStatus,
  type TimeInput,
} from '@opentelemetry/api';
import { hrTimeOf } from '../epoch-time.ts';
import {
  cancelledCode,
  codeOf,
  isSpanError,
  okCode,
  statusName,
  unknownCode,
  withoutCode,
} from './rpc-status.ts';
import type { RpcMethod } from './rpc-method.ts';

/** Keys that the instrumentation sets after the start; the span has had their successors since then. */
const superseded = new Set(['rpc.system', 'rpc.service', 'rpc.method', 'server.address', 'server.port']);

/** Calls `tell` once, with whether the caller left before it had its answer. */
export type CallerWatch = (tell: (left: boolean) => void) => void;

/**
 * The span of one call, between the instrumentation and the SDK's span: it translates the
 * instrumentation's attributes to the conventions and decides the status from the code alone,
 * once, at the end.
 */
export class RpcSpan implements Span {
  readonly method: RpcMethod;
  readonly kind: SpanKind;
  private readonly span: Span;
  private readonly startEpochMs: number;
  private readonly startedAtMs: number;
  private readonly oldNames: boolean;
  private code: number | undefined;
  private failure: string | undefined;
  private givenStatus: SpanStatus | undefined;
  private settled = false;
  private whenCallerKnown: CallerWatch | undefined;

  constructor(span: Span, method: RpcMethod, kind: SpanKind, startEpochMs: number, oldNames: boolean) {
    this.span = span;
    this.method = method;
    this.kind = kind;
    this.startEpochMs = startEpochMs;
    this.startedAtMs = performance.now();
    this.oldNames = oldNames;
  }

  spanContext(): SpanContext {
    return this.span.spanContext();
  }

  isRecording(): boolean {
    return !this.settled;
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (this.settled) return this;
    if (key === 'rpc.grpc.status_code') this.code = codeOf(value);
    else if (key === 'grpc.error_name') this.failure ??= '';
    else if (key === 'grpc.error_message') this.failure = typeof value === 'string' ? withoutCode(value) : '';
    else if (!superseded.has(key)) this.span.setAttribute(key, value);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    for (const key in attributes) {
      const value = attributes[key];
      if (value !== undefined || key === 'rpc.grpc.status_code') this.setAttribute(key, value);
    }
    return this;
  }

  setStatus(given: SpanStatus): this {
    if (given.code !== SpanStatusCode.UNSET) this.givenStatus = given;
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (!this.settled) this.span.addEvent(name, attributesOrTime, time);
    return this;
  }

  addLink(link: Link): this {
    if (!this.settled) this.span.addLink(link);
    return this;
  }

  addLinks(links: Link[]): this {
    if (!this.settled) this.span.addLinks(links);
    return this;
  }

  updateName(name: string): this {
    if (!this.settled) this.span.updateName(name);
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    if (!this.settled) this.span.recordException(exception, time);
  }

  /**
   * An OK end, with its time, only counts once `whenCallerKnown` has told whether the caller left:
   * grpc-js tells a handler that reads requests of their end before it tells why they ended.
   */
  doubtOk(whenCallerKnown: CallerWatch): void {
    this.whenCallerKnown = whenCallerKnown;
  }

  /** Ends the span of a call that will report nothing any more; harmless when it has ended. */
  abandon(code: number, reason: string): void {
    if (this.settled) return;
    this.code = code;
    this.failure = reason;
    this.end();
  }

  end(endTime?: TimeInput): void {
    if (this.settled) return;
    this.settled = true;
    const end = endTime ?? hrTimeOf(this.startEpochMs + (performance.now() - this.startedAtMs));
    const code = this.code ?? (this.failure === undefined ? okCode : unknownCode);
    const { whenCallerKnown } = this;
    if (code !== okCode || whenCallerKnown === undefined) this.finish(code, end);
    else whenCallerKnown((left) => this.finish(left ? cancelledCode : okCode, end));
  }

  private finish(code: number, end: TimeInput): void {
    const { span } = this;
    const name = statusName(code);
    span.setAttribute('rpc.response.status_code', name);
    if (this.oldNames) span.setAttribute('rpc.grpc.status_code', code);
    if (isSpanError(this.kind, code)) {
      span.setAttribute('error.type', name);
      const message = this.failure ?? this.givenStatus?.message;
      span.setStatus(message ? { code: SpanStatusCode.ERROR, message } : { code: SpanStatusCode.ERROR });
    } else if (code === okCode && this.givenStatus !== undefined) {
      span.setStatus(this.givenStatus);
    }
    span.end(end);
  }
}
