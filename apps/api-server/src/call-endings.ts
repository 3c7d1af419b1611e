import type { CallContext, ServerCallHook, ServerCallInfo, StatusName } from '@ryzanstein/rpc';

/**
 * Lets a handler hear how its call ends, also where it is not asked any more: a caller that goes
 * away, a deadline, a forced stop.
 */
export interface CallEndings {
  /** Goes round every call, inside `inner`. */
  readonly hook: ServerCallHook;
  /** Calls `listener` once, in time to set trailers. */
  listen(ctx: CallContext, listener: (outcome: { code: StatusName }) => void): void;
}

export function createCallEndings(inner?: ServerCallHook): CallEndings {
  // A call and its handler's context share their trailers, and nothing else that both may name.
  const calls = new WeakMap<object, ServerCallInfo>();
  const remember: ServerCallHook = (call, next) => {
    calls.set(call.trailers, call);
    next();
  };
  return {
    hook: inner === undefined ? remember : (call, next) => inner(call, () => remember(call, next)),
    listen: (ctx, listener) => calls.get(ctx.trailers)?.onEnd(listener),
  };
}
