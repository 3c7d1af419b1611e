/** A duration of microseconds with a unit that reads well. */
export function duration(micros: number): string {
  if (micros < 1) return micros === 0 ? '0' : '< 1 µs';
  if (micros < 1_000) return `${trimmed(micros, 0)} µs`;
  if (micros < 1_000_000) return `${trimmed(micros / 1e3, micros < 100_000 ? 2 : 1)} ms`;
  if (micros < 60_000_000) return `${trimmed(micros / 1e6, 2)} s`;
  const seconds = Math.round(micros / 1e6);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

function trimmed(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.?0+$/, '') || '0';
}

/** How long ago, in words short enough for a list. */
export function ago(epochMs: number, nowMs: number): string {
  const seconds = Math.round((nowMs - epochMs) / 1e3);
  if (seconds < 2) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** Date and time of day with milliseconds, in the reader's zone. */
export function moment(epochMs: number): string {
  const at = new Date(epochMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const ms = String(at.getMilliseconds()).padStart(3, '0');
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${ms}`;
}

/** `ryzanstein.api.v1.LlmService/ChatStream` → `LlmService/ChatStream`: the package says nothing new in a list. */
export function shortName(name: string): string {
  return /^[\w.]*\.(\w+\/\w+)$/.exec(name)?.[1] ?? name;
}

/** `1 span`, `2 spans`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/** Round steps (1, 2, 5 × 10ⁿ) for about `wanted` parts of a length. */
export function ticks(from: number, to: number, wanted: number): number[] {
  const length = to - from;
  if (!(length > 0)) return [from];
  const rough = length / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.75) ?? 10) * power;
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, at) => (first + at) * step);
}
