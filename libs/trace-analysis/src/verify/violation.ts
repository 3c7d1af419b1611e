/** A rule that every trace of the mesh keeps. */
export type RuleName =
  | 'one_root'
  | 'no_orphan'
  | 'inside_parent'
  | 'one_server_per_client'
  | 'one_request_id'
  | 'phases_sum'
  | 'phases_touch'
  | 'engine_first_token'
  | 'edge_first_token'
  | 'tokens'
  | 'status'
  | 'truncated'
  | 'released'
  | 'call_duration'
  | 'registered_names';

/** A rule that a trace breaks. */
export interface Violation {
  readonly rule: RuleName;
  /** Where one span is at fault. */
  readonly spanId?: string;
  readonly message: string;
}

/** What is known of a request besides its trace; what is absent is not compared. */
export interface VerifyExtra {
  /** Tokens by other counts than the spans'. */
  readonly tokens?: readonly { readonly from: string; readonly input?: number; readonly output?: number }[];
  /** By how much the sums of `rpc.server.call.duration` grew with this trace's calls. */
  readonly callDurations?: readonly { readonly method: string; readonly sumMs: number }[];
  /** By how many milliseconds clocks were set meanwhile: so far a child may stand out of its parent. */
  readonly clockSetMs?: number;
  /** The registry of names. */
  readonly names?: {
    isSpan(name: string, kind: string): boolean;
    isAttribute(key: string): boolean;
  };
}

/** Notes each thing that was looked at, and what was wrong. */
export class CheckList {
  readonly violations: Violation[] = [];
  checks = 0;

  check(rule: RuleName, holds: boolean, message: () => string, spanId?: string): void {
    this.checks += 1;
    if (!holds)
      this.violations.push({ rule, message: message(), ...(spanId === undefined ? {} : { spanId }) });
  }
}

/** True within 1 ms or 1 %, whichever is more. */
export function isClose(actualMs: number, expectedMs: number): boolean {
  return Math.abs(actualMs - expectedMs) <= Math.max(1, Math.abs(expectedMs) / 100);
}
