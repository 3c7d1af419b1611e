import type { FinishReason } from '@ryzanstein/contracts/api';
import type { StatusName } from '@ryzanstein/rpc';

/** Who asks, and how long they wait; the same for every edge. */
export interface Caller {
  /** Also names the reply: "chat-" or "cmpl-" and this. */
  readonly requestId: string;
  /** Whose turn it is in the fair queue. */
  readonly clientId: string;
  /** Aborts when the caller leaves or the deadline passes; its reason, an RpcError, is the answer. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970; absent where the caller waits without end. */
  readonly deadlineAtMs?: number | undefined;
  /** True where the caller is sent the text piece by piece. */
  readonly streams: boolean;
  /**
   * Registers a listener for the end of the call, called once, before the answer is sent; what it
   * returns goes with an answer that is an error. For edges that end calls themselves, at once,
   * when the caller leaves or the deadline passes; without it the end is seen a little later.
   */
  readonly onEnding?: (listener: (outcome: StatusName) => Readonly<Record<string, string>>) => void;
}

/** What all pieces of one reply have in common. */
export interface Reply {
  readonly id: string;
  readonly model: string;
}

/** How a reply ended. */
export interface Completion {
  readonly finishReason: FinishReason;
  readonly usage: {
    readonly promptTokens: number;
    readonly completionTokens: number;
    readonly cachedPromptTokens: number;
  };
  /** In ms: lease wait, first text and total by this process's clock, the others by the engine's. */
  readonly timings: {
    readonly leaseWaitMs: number;
    readonly queueMs: number;
    readonly prefillMs: number;
    readonly decodeMs: number;
    /** 0 where no text came. */
    readonly ttftMs: number;
    readonly totalMs: number;
  };
}

/** How an edge writes the pieces of a reply. Called once per piece, on the way of every token. */
export interface Rendering<Chunk> {
  /** Text, never empty, that follows the text so far. */
  text(text: string, reply: Reply): Chunk;
  /** The last piece. */
  end(completion: Completion, reply: Reply): Chunk;
}

/** A whole reply. */
export interface GeneratedText {
  readonly reply: Reply;
  readonly text: string;
  readonly completion: Completion;
}
