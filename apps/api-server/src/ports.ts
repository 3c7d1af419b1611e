import type {
  EmbedRequestInit,
  EmbedResponse,
  GenerateRequestInit,
  GenerateResponse,
  TokenizeRequestInit,
} from '@ryzanstein/contracts/engine';
import type { AcquireRequestInit, Lease } from '@ryzanstein/contracts/gpu';
import type { StatusName } from '@ryzanstein/rpc';
import type { HeldLease } from './domain/lease-keeper.ts';
import type { DeviceFact } from './domain/model-catalog.ts';
import type { LeaseOutcome } from './domain/retry-policy.ts';

/** Limits of one call to another service; both may be absent. */
export interface CallLimits {
  /** Ends the call when it aborts. */
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** A lease, or a grant that nobody took, to be given back. */
export interface GiveBack {
  /** Absent where only the key of its Acquire is known. */
  readonly leaseId?: string;
  readonly idempotencyKey: string;
  readonly outcome: LeaseOutcome;
}

/**
 * The coordinator of the devices. All failures are RpcErrors.
 */
export interface Coordinator {
  /**
   * Waits for a lease. MUST reject soon after `signal` aborts; a grant may then still have been
   * made, which the caller gives back by its idempotency key.
   */
  acquire(request: AcquireRequestInit, limits: CallLimits): Promise<Lease>;
  /**
   * Gives a lease back. MUST NOT inherit the deadline or cancellation of the call it is made
   * in, and MUST carry that call's trace. Takes 2 s at most, retries included, and rejects after.
   */
  release(giveBack: GiveBack): Promise<void>;
  /** The devices known now, live or not. MUST NOT make a span, nor inherit deadline or cancellation. */
  listDevices(limits: CallLimits): Promise<readonly DeviceFact[]>;
  /** Opens the stream that renews leases. Under the same MUST NOTs as listDevices. Never throws. */
  keepAlive(listener: KeepAliveListener): KeepAliveStream;
}

/** What becomes of a stream that renews leases. */
export interface KeepAliveListener {
  answered(lostLeaseIds: readonly string[], nextWithinMs: number): void;
  /** Exactly once, and nothing after it; not after `abandon`. */
  closed(reason: unknown): void;
}

/** A stream that renews leases, open or opening. */
export interface KeepAliveStream {
  /** Sends the whole list. A list that cannot be sent shows as `closed`. */
  send(leases: readonly HeldLease[]): void;
  /** Ends the stream; the listener hears nothing more. */
  abandon(): void;
}

/** The engines, by address. All failures are RpcErrors. */
export interface Engines {
  /**
   * Runs one sequence. Leaving the iteration early MUST cancel the call; so MUST `signal`. One
   * response is read ahead at most as far as HTTP/2 windows allow, so a reader that stops stops
   * the engine's writes.
   */
  generate(
    address: string,
    request: GenerateRequestInit,
    limits: CallLimits,
  ): AsyncIterable<GenerateResponse>;
  /** Embeds texts. */
  embed(address: string, request: EmbedRequestInit, limits: CallLimits): Promise<EmbedResponse>;
  /**
   * Lets the engine end what runs under a lease that was lost, by which its own call ends. MUST NOT make
   * a span, nor inherit deadline or cancellation.
   */
  endLease(address: string, leaseId: string, limits: CallLimits): Promise<void>;
  /** Counts the tokens of a prompt. */
  countTokens(address: string, request: TokenizeRequestInit, limits: CallLimits): Promise<number>;
  /** Closes the connections to all other addresses, each once its last call has ended. */
  keepOnly(addresses: ReadonlySet<string>): void;
}

/** How one request went, told once it has ended. Never holds content. */
export interface FinishedRequest {
  readonly kind: 'chat' | 'completion' | 'embeddings';
  /** As known to the mesh; absent where the request named none that is served. */
  readonly model?: string | undefined;
  readonly outcome: StatusName;
  /** What the caller was told; absent where all went well. */
  readonly message?: string | undefined;
  /** What lay behind the failure, for the log alone. */
  readonly cause?: unknown;
  readonly streamed: boolean;
  readonly leaseId?: string;
  /** Time spent in Acquire, in ms. */
  readonly leaseWaitMs: number;
  /** Request in to first text out, in ms; absent where there was none. */
  readonly ttftMs?: number | undefined;
  /** Request in to last token out, or to the failure, in ms. */
  readonly totalMs: number;
  /** Absent where the engine did not come to say. */
  readonly promptTokens?: number | undefined;
  readonly completionTokens: number;
  /** Generates or Embeds begun; 1 unless something was tried again. */
  readonly attempts: number;
}

/** What watches one request. MUST NOT throw; each method is called at most once. */
export interface RequestObserver {
  /** The model is known. */
  model(id: string): void;
  firstText(ttftMs: number): void;
  /** The last call, on every way out. */
  finished(request: FinishedRequest): void;
}

/** Begins to watch a request; called while its trace is the current one. */
export type ObserveRequest = () => RequestObserver;
