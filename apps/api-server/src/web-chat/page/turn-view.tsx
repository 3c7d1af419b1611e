import { duration } from '@ryzanstein/trace-view';
import { figuresOf, type Turn } from './conversation.ts';

interface TurnProps {
  readonly turn: Turn;
  /** Whether its trace is the one that is shown. */
  readonly shown: boolean;
  readonly onShow: () => void;
}

/** A question with its answer. What the model says is text, whatever it looks like. */
export function TurnView({ turn, shown, onShow }: TurnProps) {
  const { prompt, text, state, problem, finishReason } = turn;
  return (
    <li class={shown ? 'turn shown' : 'turn'}>
      <div class="said user">
        <span class="unseen">You: </span>
        {prompt}
      </div>
      <div class="said model" aria-busy={state === 'running'}>
        <span class="unseen">{turn.model}: </span>
        {text}
        {state === 'running' && <span class="cursor" aria-hidden="true" />}
        {text === '' && state === 'running' && <span class="waiting">waiting for the first token</span>}
      </div>
      {state === 'failed' && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <p class="after">
        {state === 'stopped' && <span class="badge">stopped by you</span>}
        {finishReason === 'length' && <span class="badge">cut at max tokens</span>}
        <span>{figuresText(turn)}</span>
        <button type="button" class="quiet" aria-pressed={shown} onClick={onShow}>
          {shown ? 'Trace shown' : 'Show trace'}
        </button>
      </p>
    </li>
  );
}

function figuresText(turn: Turn): string {
  const { firstTokenMs, totalMs, tokensPerSecond } = figuresOf(turn);
  return [
    turn.usage === undefined ? undefined : `${turn.usage.input} tokens in, ${turn.usage.output} out`,
    firstTokenMs === undefined ? undefined : `first after ${duration(firstTokenMs * 1e3)}`,
    tokensPerSecond === undefined ? undefined : `${tokensPerSecond.toFixed(0)} tokens/s`,
    totalMs === undefined ? undefined : duration(totalMs * 1e3),
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}
