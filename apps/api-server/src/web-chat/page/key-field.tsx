interface KeyFieldProps {
  readonly known: boolean;
  readonly onKey: (key: string) => void;
}

/** Asks for an API key. It stays in this tab, and is gone with it. */
export function KeyField({ known, onKey }: KeyFieldProps) {
  const use = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const key = new FormData(form).get('key');
    form.reset();
    if (typeof key === 'string' && key.trim() !== '') onKey(key.trim());
  };
  return (
    <form class="key-field" onSubmit={use}>
      <label for="key">
        {known ? 'The server does not accept this API key. Another one:' : 'The server asks for an API key:'}
      </label>
      <div>
        <input id="key" name="key" type="password" autocomplete="off" spellcheck={false} />
        <button type="submit" class="primary">
          Use
        </button>
      </div>
      <p class="keys">It is kept in this tab alone, and forgotten when the tab is closed.</p>
    </form>
  );
}
