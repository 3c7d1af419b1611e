import { useEffect, useState } from 'preact/hooks';
import type { Turn } from './conversation.ts';
import { readStored, type Stored } from './drawn-trace.ts';
import { EdgeError, getTrace } from './edge-calls.ts';

const pollMs = 500;
/** A whole trace that got nothing new for this long after the answer's end is complete. */
const settledMs = 1_500;
/** After the answer's end the store is asked for so long. */
const giveUpMs = 15_000;

/** How far the store is with a request's trace. */
export interface FollowedTrace {
  readonly stored: Stored | undefined;
  readonly state: 'growing' | 'settled' | 'given-up';
  /** Why the store could not be asked. */
  readonly problem: string;
}

const nothing: FollowedTrace = { stored: undefined, state: 'growing', problem: '' };

/** A trace, and what looks for it once more after it was given up. */
export interface Following extends FollowedTrace {
  readonly lookAgain: () => void;
}

/** Reads a request's trace again and again until it is complete. `onKeyRefused` hears that a key is asked for. */
export function useTrace(turn: Turn | undefined, key: string, onKeyRefused: () => void): Following {
  const [followed, setFollowed] = useState<FollowedTrace & { readonly of: string }>({ ...nothing, of: '' });
  const [looks, setLooks] = useState(0);
  const traceId = turn?.traceId ?? '';
  const endMs = turn?.endMs;
  useEffect(() => {
    if (traceId === '') return undefined;
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let spanCount = 0;
    let changedAt = performance.now();
    const startedAt = changedAt;
    const poll = async (): Promise<void> => {
      let stored: Stored | undefined;
      let problem = '';
      try {
        const answer = await getTrace(traceId, key, leaving.signal);
        if (answer !== undefined) stored = readStored(answer, traceId);
      } catch (error) {
        if (leaving.signal.aborted) return;
        if (error instanceof EdgeError && error.status === 401) onKeyRefused();
        problem = error instanceof EdgeError ? error.message : 'The trace cannot be read.';
      }
      if (leaving.signal.aborted) return;
      const now = performance.now();
      if (stored !== undefined && stored.spans.length !== spanCount) {
        spanCount = stored.spans.length;
        changedAt = now;
      }
      const over = endMs !== undefined;
      const settled = over && stored?.whole === true && now - changedAt >= settledMs;
      const late = over && now - startedAt > giveUpMs;
      setFollowed((before) => ({
        of: traceId,
        stored: stored ?? (before.of === traceId ? before.stored : undefined),
        state: settled ? 'settled' : late ? 'given-up' : 'growing',
        problem,
      }));
      if (!settled && !late) timer = setTimeout(() => void poll(), pollMs);
    };
    void poll();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [traceId, endMs, key, looks]);
  const lookAgain = (): void => {
    setFollowed((before) => ({ ...before, state: 'growing', problem: '' }));
    setLooks(looks + 1);
  };
  return { ...(followed.of === traceId ? followed : nothing), lookAgain };
}
