import type { Violation } from '../domain/failure.ts';

/** A JSON object, whatever is in it. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Reads the fields of a request's body, and gathers everything that is wrong with it. A field that is
 * null counts as absent, as in OpenAI's own API.
 */
export class BodyReader {
  readonly violations: Violation[] = [];
  readonly #body: JsonObject;
  readonly #known = new Set<string>();

  constructor(body: unknown) {
    this.#body = isObject(body) ? body : {};
    if (!isObject(body))
      this.refuse('body', 'is not a JSON object; send one with content-type application/json');
  }

  /** The value as it is; undefined where it is absent. */
  value(field: string): unknown {
    this.#known.add(field);
    return this.#body[field] ?? undefined;
  }

  text(field: string): string | undefined {
    const value = this.value(field);
    if (value === undefined || typeof value === 'string') return value;
    return this.refuse(field, `is ${kindOf(value)}; give a text`);
  }

  number(field: string): number | undefined {
    const value = this.value(field);
    if (value === undefined || typeof value === 'number') return value;
    return this.refuse(field, `is ${kindOf(value)}; give a number`);
  }

  flag(field: string): boolean {
    const value = this.value(field);
    if (value === undefined || typeof value === 'boolean') return value ?? false;
    return this.refuse(field, `is ${kindOf(value)}; give true or false`) ?? false;
  }

  /** Taken and without effect: who the user is, and other notes of the caller for itself. */
  without(...fields: readonly string[]): void {
    for (const field of fields) this.#known.add(field);
  }

  /** Refuses a field by its name, unless its value asks for nothing. */
  notOffered(fields: Readonly<Record<string, readonly unknown[]>>): void {
    for (const [field, harmless] of Object.entries(fields)) {
      const value = this.value(field);
      if (value === undefined || isEmpty(value) || harmless.includes(value)) continue;
      const leave =
        harmless.length === 0 ? 'leave it out' : `leave it out, or give ${JSON.stringify(harmless[0])}`;
      this.refuse(field, `is not offered here; ${leave}`);
    }
  }

  /** Refuses what nobody has asked for: a field that is not known must not look as if it had an effect. */
  finish(): void {
    for (const [field, value] of Object.entries(this.#body))
      if (!this.#known.has(field) && value !== null)
        this.refuse(field.slice(0, 64), 'is not a field of this request; leave it out');
  }

  refuse(field: string, description: string): undefined {
    this.violations.push({ field, description });
    return undefined;
  }
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** What a value is, for people: its content may be private. */
export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return 'a text';
  return `a ${typeof value}`;
}
