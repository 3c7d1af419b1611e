import { useCallback, useRef, useState } from 'preact/hooks';
import { nowMs } from './clock.ts';
import { advance, messagesFor, newTurn, type Turn, type TurnEvent } from './conversation.ts';
import { EdgeError, streamChat } from './edge-calls.ts';
import type { Wishes } from './settings.tsx';
import { newTraceIds } from './trace-context.ts';

/** A conversation, and what can be done with it. */
export interface Chat {
  readonly turns: readonly Turn[];
  readonly running: boolean;
  readonly send: (prompt: string, wishes: Wishes) => void;
  /** Cancels the answer that runs. */
  readonly stop: () => void;
  readonly clear: () => void;
}

/** Keeps a conversation. `onKeyRefused` hears that a key is asked for. */
export function useChat(key: string, onKeyRefused: () => void): Chat {
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const call = useRef<AbortController | undefined>(undefined);

  const answer = async (turn: Turn, before: readonly Turn[], wishes: Wishes): Promise<void> => {
    const leaving = new AbortController();
    call.current = leaving;
    let current = turn;
    const tell = (event: TurnEvent): void => {
      current = advance(current, event, nowMs());
      // A conversation that was cleared meanwhile does not come back.
      setTurns((all) => all.map((one) => (one.spanId === turn.spanId ? current : one)));
    };
    try {
      const body = { ...wishes, messages: messagesFor(before, turn.prompt) };
      for await (const event of streamChat(body, turn, key, leaving.signal)) tell(event);
      tell({ kind: 'end' });
    } catch (error) {
      if (leaving.signal.aborted) return tell({ kind: 'stop' });
      if (error instanceof EdgeError && error.status === 401) onKeyRefused();
      const problem = error instanceof EdgeError ? error.message : 'The answer cannot be read.';
      tell({ kind: 'fail', problem });
    } finally {
      if (call.current === leaving) call.current = undefined;
    }
  };

  const running = turns.at(-1)?.state === 'running';
  return {
    turns,
    running,
    send(prompt, wishes) {
      if (running) return;
      const turn = newTurn({ ...newTraceIds(), model: wishes.model, prompt }, nowMs());
      setTurns([...turns, turn]);
      void answer(turn, turns, wishes);
    },
    stop: useCallback(() => call.current?.abort(), []),
    clear() {
      call.current?.abort();
      setTurns([]);
    },
  };
}
