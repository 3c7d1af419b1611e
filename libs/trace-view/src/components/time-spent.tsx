import { duration } from '../format.ts';
import { timeSpent, type TraceModel } from '../trace-model.ts';

const labels = {
  wait: 'Waiting for a device',
  queue: 'Queue',
  prefill: 'Prefill',
  decode: 'Decode',
  other: 'All else',
};

/** Where the time of the request went, as one bar. */
export function TimeSpent({ model }: { model: TraceModel }) {
  const parts = timeSpent(model);
  if (parts.length === 0) return null;
  const total = parts.reduce((sum, part) => sum + part.durationUs, 0);
  return (
    <section class="spent" aria-label="Where the time went">
      <div class="spent-bar" aria-hidden="true">
        {parts.map(({ name, durationUs }) => (
          <span
            key={name}
            class={`phase ${name}`}
            style={{ flexGrow: String(Math.max(durationUs / total, 0.004)) }}
          />
        ))}
      </div>
      <ul>
        {parts.map(({ name, durationUs }) => (
          <li key={name}>
            <span class={`swatch phase ${name}`} aria-hidden="true" />
            {labels[name]} <b>{duration(durationUs)}</b>
            <small>{share(durationUs / total)}</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

function share(part: number): string {
  return part < 0.01 ? '< 1 %' : `${Math.round(part * 100)} %`;
}
