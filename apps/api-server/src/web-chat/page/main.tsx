import { render } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { Composer } from './composer.tsx';
import { KeyField } from './key-field.tsx';
import { Settings, type Wishes } from './settings.tsx';
import { TracePane } from './trace-pane.tsx';
import { TurnView } from './turn-view.tsx';
import { useChat } from './use-chat.ts';
import { useKey } from './use-key.ts';
import { useModels } from './use-models.ts';
import { useTrace } from './use-trace.ts';

const traceLink = document.querySelector<HTMLMetaElement>('meta[name=trace-link]')?.content ?? '';

function Page() {
  const { key, refused, setKey, refuse, forget } = useKey();
  const { models, problem } = useModels(key, refuse);
  const [wishes, setWishes] = useState<Wishes>({ model: '' });
  const model = models.includes(wishes.model) ? wishes.model : (models[0] ?? '');
  const chat = useChat(key, refuse);
  const [shownId, setShownId] = useState('');
  const shown = chat.turns.find(({ spanId }) => spanId === shownId) ?? chat.turns.at(-1);
  const followed = useTrace(shown, key, refuse);
  const last = chat.turns.at(-1);
  return (
    <>
      <a class="skip" href="#prompt">
        Skip to the message
      </a>
      <header class="top">
        <span class="brand">
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <rect x="1" y="3" width="18" height="3.4" rx="1.7" class="b1" />
            <rect x="5" y="8.3" width="7" height="3.4" rx="1.7" class="b2" />
            <rect x="8.5" y="13.6" width="10.5" height="3.4" rx="1.7" class="b3" />
          </svg>
          <h1>
            <b>Ryzanstein</b> <i>Chat</i>
          </h1>
        </span>
        <span class="actions">
          {key !== '' && (
            <button type="button" class="quiet" onClick={forget}>
              Forget the key
            </button>
          )}
          {chat.turns.length > 0 && (
            <button type="button" class="quiet" onClick={chat.clear}>
              New conversation
            </button>
          )}
          <a href={traceLink} target="_blank" rel="noreferrer">
            All traces
          </a>
        </span>
      </header>
      <main class={shown === undefined ? 'columns alone' : 'columns'}>
        <section class="talk" aria-label="Conversation">
          <Turns count={chat.turns.length} length={last?.text.length ?? 0}>
            {chat.turns.length === 0 && <Welcome />}
            <ol class="turns">
              {chat.turns.map((turn) => (
                <TurnView
                  key={turn.spanId}
                  turn={turn}
                  shown={turn === shown}
                  onShow={() => setShownId(turn.spanId)}
                />
              ))}
            </ol>
          </Turns>
          <div class="ask">
            {refused && <KeyField known={key !== ''} onKey={setKey} />}
            {!refused && problem !== '' && (
              <p class="problem" role="alert">
                {problem}
              </p>
            )}
            <Settings models={models} wishes={{ ...wishes, model }} onChange={setWishes} />
            <Composer
              running={chat.running}
              ready={model !== ''}
              onStop={chat.stop}
              onSend={(prompt) => {
                setShownId('');
                chat.send(prompt, { ...wishes, model });
              }}
            />
          </div>
        </section>
        {shown !== undefined && (
          <TracePane key={shown.spanId} turn={shown} followed={followed} traceLink={traceLink} />
        )}
      </main>
    </>
  );
}

function Welcome() {
  return (
    <div class="welcome">
      <h2>Ask, and watch the request work</h2>
      <p>
        Your message takes the way of every request: a device is leased, the prompt is read, tokens are made.
        Beside the answer grows its trace.
      </p>
    </div>
  );
}

/** Keeps the end in sight while an answer grows, unless the reader has scrolled up. */
function Turns(props: { count: number; length: number; children: preact.ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const note = useCallback(() => {
    const node = box.current;
    if (node !== null) follows.current = node.scrollHeight - node.scrollTop - node.clientHeight < 60;
  }, []);
  useEffect(() => {
    follows.current = true;
  }, [props.count]);
  useEffect(() => {
    if (follows.current) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [props.count, props.length]);
  return (
    <div class="scroll" ref={box} onScroll={note} tabIndex={0} role="log" aria-label="Messages">
      {props.children}
    </div>
  );
}

const app = document.getElementById('app');
if (app !== null) render(<Page />, app);
