/** An object as JSON has it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** @throws Error that names `what` and shows the value. */
export function objectOf(value: unknown, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new Error(`${what} must be an object, not ${shown(value)}`);
}

/** Absent and null are an empty list. @throws Error that names `what`. */
export function listOf(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new Error(`${what} must be a list, not ${shown(value)}`);
}

/** @throws Error that names `what` and shows the value. */
export function textOf(value: unknown, what: string): string {
  if (typeof value === 'string') return value;
  throw new Error(`${what} must be a text, not ${shown(value)}`);
}

/** A number from 0 to 1. @throws Error that names `what` and shows the value. */
export function probabilityOf(value: unknown, what: string): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw new Error(`${what} must be a number from 0 to 1, not ${shown(value)}`);
}

/** A number from 0 on. @throws Error that names `what` and shows the value. */
export function rateOf(value: unknown, what: string): number {
  if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value;
  throw new Error(`${what} must be a number from 0, not ${shown(value)}`);
}

/** Short enough for a log line. */
export function shown(value: unknown): string {
  if (value === undefined) return 'absent';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
