import { AsyncLocalStorage } from 'node:async_hooks';
import { Metadata, type Deadline } from '@grpc/grpc-js';
import { CallScope, runInScope } from '../call-scope.ts';
import { RpcError } from '../rpc-error.ts';
import type { StatusName } from '../status.ts';
import { toWireError, type WireError } from '../wire-error.ts';
import { admissionOf } from './admitting-call.ts';
import { setTrailers } from './trailing-call.ts';
import type { CallContext, CallOutcome, RpcLogger, ServerCallHook, ServerCallInfo } from './call-context.ts';

/** What all calls of a server share. */
export interface CallHost {
  readonly logger: RpcLogger;
  readonly onCall: ServerCallHook | undefined;
  readonly defaultDeadlineMs: number | undefined;
  readonly maxDeadlineMs: number | undefined;
  readonly maxMessageBytes: number;
  /** Set while the server stops: the error that new calls are answered with. */
  readonly refusal: RpcError | undefined;
  opened(call: IncomingCall): void;
  closed(call: IncomingCall): void;
}

/** What the four call shapes have in common on the grpc-js side. */
export interface SurfaceCall {
  readonly metadata: Metadata;
  getPeer(): string;
  getHost(): string;
  getDeadline(): Deadline;
  sendMetadata(headers: Metadata): void;
  on(event: 'cancelled', listener: () => void): unknown;
}

/** How one call shape runs its handler and tells grpc-js the end. */
export interface CallDriver {
  /** Runs the handler, in its scope. A throw fails the call. */
  run(): void;
  /** Ends the call with an error; `lost` when the caller is gone and nothing can be sent any more. */
  fail(error: WireError, lost: boolean): void;
}

export interface IncomingMethod {
  /** `package.Service/Method`. */
  readonly name: string;
  /** Long-lived calls have no default or maximum deadline and end when a drain begins. */
  readonly longLived: boolean;
}

// A caller's deadline as reckoned here is late by as long as the request was under way, and its reset
// says only that the call was cancelled: one that comes this close to the deadline was the deadline.
const deadlineToleranceMs = 100;

/**
 * One call from its arrival to its one outcome, whichever of handler, caller, deadline and shutdown comes
 * first. Later outcomes are ignored.
 */
export class IncomingCall implements CallContext, ServerCallInfo {
  readonly method: string;
  readonly longLived: boolean;
  readonly peer: string;
  readonly subject?: string;
  readonly deadlineAtMs?: number;
  readonly responseHeaders = new Metadata();
  readonly trailers = new Metadata();
  readonly #host: CallHost;
  readonly #surface: SurfaceCall;
  readonly #refusal: RpcError | undefined;
  readonly #scope: CallScope;
  readonly #arrivedAtMs = Date.now();
  #driver?: CallDriver;
  #timer?: NodeJS.Timeout;
  #outcome?: CallOutcome;
  #headersSent = false;
  readonly #endListeners: ((outcome: CallOutcome) => void)[] = [];
  #inHandlerContext: (fn: () => void) => void = (fn) => fn();

  constructor(host: CallHost, method: IncomingMethod, surface: SurfaceCall) {
    this.#host = host;
    this.#surface = surface;
    this.method = method.name;
    this.longLived = method.longLived;
    this.peer = surface.getPeer();
    const { subject, refusal } = admissionOf(surface.metadata);
    if (subject !== undefined) this.subject = subject;
    this.#refusal = refusal;
    const deadlineAtMs = this.#boundedDeadline();
    if (deadlineAtMs !== undefined) this.deadlineAtMs = deadlineAtMs;
    this.#scope = new CallScope(deadlineAtMs);
  }

  get metadata(): Metadata {
    return this.#surface.metadata;
  }

  get host(): string {
    return this.#surface.getHost();
  }

  get requestMetadata(): Metadata {
    return this.#surface.metadata;
  }

  get signal(): AbortSignal {
    return this.#scope.signal;
  }

  /** True once the outcome is known; nothing is sent after it. */
  get ended(): boolean {
    return this.#outcome !== undefined;
  }

  sendHeaders(): void {
    if (this.#headersSent) return;
    this.#headersSent = true;
    this.#surface.sendMetadata(this.responseHeaders);
  }

  onEnd(listener: (outcome: CallOutcome) => void): void {
    if (this.#outcome) listener(this.#outcome);
    else this.#endListeners.push(listener);
  }

  /** Runs the hook and, in its context, the handler. */
  start(driver: CallDriver): void {
    this.#driver = driver;
    this.#host.opened(this);
    setTrailers(this.#surface.metadata, this.trailers);
    // grpc-js emits `cancelled` on every call, also after it was answered.
    this.#surface.on('cancelled', () => {
      if (!this.ended) this.#end(this.#cancellation(), { lost: true, abort: true });
    });
    this.#startTimer();
    let started = false;
    const next = (): void => {
      if (started) return;
      started = true;
      this.#inHandlerContext = AsyncLocalStorage.snapshot();
      const refusal = this.#host.refusal;
      if (refusal) this.giveUp(refusal);
      if (this.#refusal) this.fail(this.#refusal);
      if (this.ended) return;
      runInScope(this.#scope, () => {
        try {
          driver.run();
        } catch (reason) {
          this.fail(reason);
        }
      });
    };
    try {
      if (this.#host.onCall) this.#host.onCall(this, next);
      else next();
      if (!started) this.fail(new Error('The call hook did not call next.'));
    } catch (reason) {
      this.fail(reason);
    }
  }

  /** The answer is complete; `send` hands it to grpc-js. */
  succeed(send?: () => void): void {
    if (this.ended) return;
    this.#close('OK', '');
    send?.();
  }

  /** The handler failed. */
  fail(reason: unknown): void {
    if (this.ended) {
      if (reason !== this.#scope.reason) {
        this.#host.logger.debug(
          { method: this.method, err: reason },
          'handler failed after its call had ended',
        );
      }
      return;
    }
    const error = RpcError.from(reason);
    if (error.code === 'INTERNAL' || error.code === 'UNKNOWN' || error.code === 'DATA_LOSS') {
      this.#host.logger.error({ method: this.method, err: reason }, 'handler failed');
    }
    this.#end(error, { lost: false, abort: false });
  }

  /** Ends the call from outside: the handler's signal aborts with `reason`, which the caller gets too. */
  giveUp(reason: RpcError): void {
    this.#end(reason, { lost: false, abort: true });
  }

  /** The error that stands for the caller having gone. */
  #cancellation(): RpcError {
    const { deadlineAtMs } = this;
    if (deadlineAtMs !== undefined) {
      const now = Date.now();
      const tolerance = Math.min(deadlineToleranceMs, (deadlineAtMs - this.#arrivedAtMs) / 2);
      if (now >= deadlineAtMs - tolerance) return deadlineExceeded();
    }
    return new RpcError('CANCELLED', 'The caller cancelled the call.');
  }

  #end(error: RpcError, { lost, abort }: { lost: boolean; abort: boolean }): void {
    if (this.ended) return;
    this.#close(error.code, error.message);
    this.#inHandlerContext(() => {
      if (!lost) this.sendHeaders();
      this.#driver?.fail(toWireError(error, this.trailers), lost);
      if (abort) this.#scope.abort(error);
    });
  }

  #close(code: StatusName, message: string): void {
    const outcome = { code, message };
    this.#outcome = outcome;
    clearTimeout(this.#timer);
    for (const listener of this.#endListeners) {
      try {
        listener(outcome);
      } catch (reason) {
        this.#host.logger.error(
          { method: this.method, err: reason },
          'listener for the end of a call failed',
        );
      }
    }
    this.#host.closed(this);
  }

  #boundedDeadline(): number | undefined {
    const given = this.#surface.getDeadline();
    const callers = given instanceof Date ? given.getTime() : given;
    const { defaultDeadlineMs = Infinity, maxDeadlineMs = Infinity } = this.#host;
    let deadlineAtMs = callers;
    if (!this.longLived) {
      if (deadlineAtMs === Infinity) deadlineAtMs = this.#arrivedAtMs + defaultDeadlineMs;
      deadlineAtMs = Math.min(deadlineAtMs, this.#arrivedAtMs + maxDeadlineMs);
    }
    return deadlineAtMs === Infinity ? undefined : deadlineAtMs;
  }

  // grpc-js knows only the caller's deadline, and answers it without our trailers: be a millisecond earlier.
  #startTimer(): void {
    if (this.deadlineAtMs === undefined) return;
    const delayMs = Math.min(Math.max(0, this.deadlineAtMs - this.#arrivedAtMs - 1), maxTimerMs);
    this.#timer = setTimeout(() => this.giveUp(deadlineExceeded()), delayMs);
    this.#timer.unref();
  }
}

const maxTimerMs = 2 ** 31 - 1;

function deadlineExceeded(): RpcError {
  return new RpcError('DEADLINE_EXCEEDED', 'The deadline passed before the call was answered.');
}
