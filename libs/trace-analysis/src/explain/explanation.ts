/** What made a request slow. */
export type CauseName =
  /** It waited for a device that others held. */
  | 'held_by_another'
  /** It waited for a slot inside the engine. */
  | 'engine_queue'
  | 'long_prompt'
  | 'long_output'
  /** The prompt took longer per token than usual. */
  | 'slow_prefill'
  /** The answer took longer per token than usual. */
  | 'slow_decode'
  | 'slow_reader'
  | 'network'
  /** An engine or coordinator refused it or was lost. */
  | 'retry'
  | 'coordinator'
  | 'mesh'
  | 'client_cancelled'
  | 'deadline'
  /** The caller's own spans, around the mesh. */
  | 'caller'
  /** Spans that would tell are missing. */
  | 'unexplained';

/** A kind of time; network has one part per hop, named by both ends. */
export type PartName =
  | 'wait'
  | 'queue'
  | 'prefill'
  | 'decode'
  | 'paused'
  | 'generation'
  | 'retry'
  | 'coordinator'
  | 'mesh'
  | 'caller'
  | 'unknown'
  | `network ${string}`;

/** One part of a request's time. All parts together are the whole of it. */
export interface Part {
  readonly name: PartName;
  readonly ms: number;
  /** Of the whole, 0 to 1; they sum to 1. */
  readonly share: number;
  /** Whole percent; they sum to 100. */
  readonly percent: number;
  /** Such as `prefill of 412 tokens`. */
  readonly words: string;
  /** What the trace says of it, a line each. */
  readonly evidence: readonly string[];
  /** The median of requests like it, where such were given. */
  readonly typicalMs?: number;
}

/** A request that this one waited behind, or that waited behind this one. */
export interface OtherRequest {
  readonly requestId: string;
  /** Known where its trace is kept. */
  readonly traceId?: string;
  readonly spanId?: string;
  /** Its end let this one in. */
  readonly released?: true;
}

/** Where the time of a request went. */
export interface Explanation {
  /** From the start of its root span to that span's end. */
  readonly totalMs: number;
  /** One sentence: the time, and its parts in percent. */
  readonly verdict: string;
  readonly cause: CauseName;
  /** The cause in one sentence. */
  readonly reason: string;
  /** The longest first, what is left to the mesh last. */
  readonly parts: readonly Part[];
  /** What the trace lacks, a sentence each; empty for a whole one. */
  readonly missing: readonly string[];
  readonly operation: string;
  readonly model?: string;
  readonly requestId?: string;
  /** Those that held what it waited for; the one that let it in first. */
  readonly behind: readonly OtherRequest[];
  /** Those that waited for what it held. */
  readonly blocked: { readonly count: number; readonly ms: number; readonly requests: readonly string[] };
  /** The requests that it was compared with. */
  readonly comparedWith?: { readonly traces: number; readonly operation: string; readonly totalMs: number };
}

/** Medians of requests of one operation and model. */
export interface TypicalRequest {
  readonly operation: string;
  readonly model?: string;
  readonly traces: number;
  readonly totalMs: number;
  readonly partsMs: Readonly<Partial<Record<PartName, number>>>;
  /** Of the prompt, cached ones left out. */
  readonly promptTokens: number;
  readonly outputTokens: number;
}

/** What requests usually take, by operation and model. */
export type TypicalTimes = readonly TypicalRequest[];
