import type { SpanKind as Kind } from '@opentelemetry/api';
import {
  SpanKind,
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
import { hrTimeOf, type Moment } from '../epoch-time.ts';
import type { CallObserver } from './call-observer.ts';
import {
  codeOf,
  isSpanError,
  okCode,
  readerLeft,
  statusName,
  unknownCode,
  withoutCode,
} from './rpc-status.ts';
import type { RpcMethod, ServerAddress } from './rpc-method.ts';

/** Keys that the instrumentation sets after the start; the span has had their successors since then. */
const superseded = new Set(['rpc.system', 'rpc.service', 'rpc.method', 'server.address', 'server.port']);

/** Calls `tell` once, with the code that the call ended with after all, and why. */
export type OutcomeWatch = (tell: (code: number, reason?: string) => void) => void;

/** What an RPC span is about. */
export interface RpcSpanCall {
  readonly method: RpcMethod;
  readonly kind: Kind;
  readonly address: ServerAddress | undefined;
  readonly started: Moment;
  readonly oldNames: boolean;
  readonly observer: CallObserver | undefined;
}

/**
 * The span of one call, round the SDK's span: it decides the status from the code alone, once, at the
 * end, and translates what the instrumentation sets to the conventions. Where the call is not recorded,
 * it is there for the observer.
 */
export class RpcSpan implements Span {
  private readonly call: RpcSpanCall;
  private readonly span: Span;
  private readonly recording: boolean;
  private code: number | undefined;
  private failure: string | undefined;
  private explained = false;
  private givenStatus: SpanStatus | undefined;
  private settled = false;
  private whenOutcomeKnown: OutcomeWatch | undefined;

  constructor(span: Span, call: RpcSpanCall) {
    this.span = span;
    this.call = call;
    this.recording = span.isRecording();
  }

  get method(): RpcMethod {
    return this.call.method;
  }

  /** Whether the call has ended; what is set from then on is ignored. */
  get ended(): boolean {
    return this.settled;
  }

  spanContext(): SpanContext {
    return this.span.spanContext();
  }

  isRecording(): boolean {
    return this.recording && !this.settled;
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (this.settled) return this;
    if (key === 'rpc.grpc.status_code') this.report(value);
    else if (key === 'grpc.error_name') this.failure ??= '';
    else if (key === 'grpc.error_message')
      this.explainOnce(typeof value === 'string' ? withoutCode(value) : '');
    else if (!superseded.has(key)) this.span.setAttribute(key, value);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    // The instrumentation's first words.
    if ('rpc.system' in attributes) return this;
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
   * An OK end, with its time, only counts once `whenOutcomeKnown` has told that it stays one: grpc-js
   * tells a handler that reads requests of their end before it tells why they ended, and takes an answer
   * before it knows whether it can send it.
   */
  doubtOk(whenOutcomeKnown: OutcomeWatch): void {
    this.whenOutcomeKnown = whenOutcomeKnown;
  }

  /** What callers are told of the failure that is about to be reported. */
  explain(reason: string): void {
    this.explainOnce(reason);
    this.explained = true;
  }

  /** Ends the span with the code of its call; harmless when it has ended. */
  settle(code: number, reason: string): void {
    if (this.settled) return;
    this.code = code;
    this.failure = reason;
    this.end();
  }

  end(endTime?: TimeInput): void {
    if (this.settled) return;
    this.settled = true;
    const durationMs = performance.now() - this.call.started.monotonicMs;
    const end = endTime ?? hrTimeOf(this.call.started.epochMs + durationMs);
    const code = this.code ?? (this.failure === undefined ? okCode : unknownCode);
    const { whenOutcomeKnown } = this;
    if (code !== okCode || whenOutcomeKnown === undefined) return this.finish(code, end, durationMs);
    whenOutcomeKnown((after, reason) => {
      if (after !== okCode) this.failure = reason;
      this.finish(after, end, durationMs);
    });
  }

  private report(reported: unknown): void {
    // grpc-js gives every error a code. One without comes from whoever reads the stream, and left it.
    if (this.call.kind === SpanKind.CLIENT && !Number.isInteger(reported)) {
      this.code = readerLeft.code;
      this.failure = readerLeft.message;
      this.explained = true;
    } else this.code = codeOf(reported);
  }

  private explainOnce(reason: string): void {
    if (!this.explained) this.failure = reason;
  }

  private finish(code: number, end: TimeInput, durationMs: number): void {
    const { span, call } = this;
    if (this.recording) {
      const name = statusName(code);
      span.setAttribute('rpc.response.status_code', name);
      if (call.oldNames) span.setAttribute('rpc.grpc.status_code', code);
      if (isSpanError(call.kind, code)) {
        span.setAttribute('error.type', name);
        const message = this.failure ?? this.givenStatus?.message;
        span.setStatus(message ? { code: SpanStatusCode.ERROR, message } : { code: SpanStatusCode.ERROR });
      } else if (code === okCode && this.givenStatus !== undefined) {
        span.setStatus(this.givenStatus);
      }
      span.end(end);
    }
    if (call.observer === undefined) return;
    const side = call.kind === SpanKind.SERVER ? 'server' : 'client';
    call.observer({ side, method: call.method.name, code, address: call.address, durationMs });
  }
}
