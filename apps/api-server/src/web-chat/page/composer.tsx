import { useEffect, useRef, useState } from 'preact/hooks';

interface ComposerProps {
  readonly running: boolean;
  /** Whether there is a model to ask. */
  readonly ready: boolean;
  readonly onSend: (prompt: string) => void;
  readonly onStop: () => void;
}

/** Where a prompt is typed. Enter sends, Shift and Enter begins a line, Escape stops the answer. */
export function Composer({ running, ready, onSend, onStop }: ComposerProps) {
  const [text, setText] = useState('');
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => box.current?.focus(), []);
  const send = (): void => {
    if (running || !ready || text.trim() === '') return;
    onSend(text.trim());
    setText('');
    box.current?.focus();
  };
  const press = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && running) onStop();
    // Enter also ends the choice of a sign that is put together from several.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <label class="unseen" for="prompt">
        Your message
      </label>
      <textarea
        id="prompt"
        ref={box}
        rows={2}
        placeholder="Ask something…"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={press}
        aria-describedby="prompt-keys"
      />
      {running ? (
        <button type="button" class="primary stop" onClick={onStop}>
          Stop
        </button>
      ) : (
        <button type="submit" class="primary" disabled={!ready || text.trim() === ''}>
          Send
        </button>
      )}
      <p id="prompt-keys" class="keys">
        <kbd>Enter</kbd> sends, <kbd>Shift</kbd> <kbd>Enter</kbd> begins a line, <kbd>Esc</kbd> stops
      </p>
    </form>
  );
}
