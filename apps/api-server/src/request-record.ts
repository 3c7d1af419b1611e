import type { RpcError, StatusName } from '@ryzanstein/rpc';
import type { Clock } from '@ryzanstein/runtime';
import type { FinishedRequest, RequestObserver } from './ports.ts';

/** What is known of one request under way, and told to its observer once, at its end. */
export class RequestRecord {
  readonly #clock: Clock;
  readonly #observer: RequestObserver;
  readonly #kind: FinishedRequest['kind'];
  readonly #streamed: boolean;
  readonly #startedMs: number;
  #model: string | undefined;
  #leaseId: string | undefined;
  #ttftMs: number | undefined;
  #finished = false;
  leaseWaitMs = 0;
  attempts = 0;
  promptTokens: number | undefined;
  completionTokens = 0;

  constructor(clock: Clock, observer: RequestObserver, kind: FinishedRequest['kind'], streamed: boolean) {
    this.#clock = clock;
    this.#observer = observer;
    this.#kind = kind;
    this.#streamed = streamed;
    this.#startedMs = clock.monotonicMs();
  }

  /** Since the request came in, in ms. */
  get elapsedMs(): number {
    return this.#clock.monotonicMs() - this.#startedMs;
  }

  /** Absent while there was no text. */
  get ttftMs(): number | undefined {
    return this.#ttftMs;
  }

  /** What the caller may have of the reply; a text without tokens of its own counts as one. */
  get tokensSent(): number {
    return this.#ttftMs === undefined ? 0 : Math.max(1, this.completionTokens);
  }

  /** Notes the model, once it is known that the mesh serves it. */
  served(model: string): void {
    if (this.#model !== undefined || model === '') return;
    this.#model = model;
    this.#observer.model(model);
  }

  leased(leaseId: string): void {
    this.#leaseId = leaseId;
  }

  firstText(): void {
    this.#ttftMs = this.elapsedMs;
    this.#observer.firstText(this.#ttftMs);
  }

  /** The first call of it counts. */
  finish(outcome: StatusName, totalMs: number, error?: RpcError): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#observer.finished({
      kind: this.#kind,
      model: this.#model,
      outcome,
      message: error?.message,
      cause: error?.cause,
      streamed: this.#streamed,
      leaseId: this.#leaseId,
      leaseWaitMs: this.leaseWaitMs,
      ttftMs: this.#ttftMs,
      totalMs,
      promptTokens: this.promptTokens,
      completionTokens: this.completionTokens,
      attempts: this.attempts,
    });
  }
}
