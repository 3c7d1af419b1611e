/** What the user wants of an answer; absent is the server's default. */
export interface Wishes {
  readonly model: string;
  readonly max_tokens?: number;
  readonly temperature?: number;
  readonly seed?: number;
}

interface SettingsProps {
  readonly models: readonly string[];
  readonly wishes: Wishes;
  readonly onChange: (wishes: Wishes) => void;
}

const numbers = [
  { name: 'max_tokens', label: 'Max tokens', min: 1, max: 1_000_000, step: 1 },
  { name: 'temperature', label: 'Temperature', min: 0, max: 2, step: 0.1 },
  { name: 'seed', label: 'Seed', min: 0, max: Number.MAX_SAFE_INTEGER, step: 1 },
] as const;

/** The model and how it answers. */
export function Settings({ models, wishes, onChange }: SettingsProps) {
  const set = (name: string, text: string): void => {
    const others = Object.entries(wishes).filter(([key]) => key !== name);
    const value = text.trim() === '' ? [] : [[name, Number(text)] as const];
    onChange(Object.fromEntries([...others, ...value]) as unknown as Wishes);
  };
  return (
    <fieldset class="settings">
      <legend class="unseen">How to answer</legend>
      <label>
        <span>Model</span>
        <select
          name="model"
          value={wishes.model}
          onChange={(event) => onChange({ ...wishes, model: event.currentTarget.value })}
        >
          {models.length === 0 && <option value="">no model yet</option>}
          {models.map((model) => (
            <option key={model} value={model}>
              {model}
            </option>
          ))}
        </select>
      </label>
      {numbers.map(({ name, label, min, max, step }) => (
        <label key={name}>
          <span>{label}</span>
          <input
            type="number"
            name={name}
            min={min}
            max={max}
            step={step}
            placeholder="default"
            value={wishes[name] ?? ''}
            onInput={(event) => set(name, event.currentTarget.value)}
          />
        </label>
      ))}
    </fieldset>
  );
}
