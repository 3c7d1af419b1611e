import type { Env } from './environment.ts';

/** A variable that had a value it cannot have. */
export interface SettingProblem {
  readonly variable: string;
  readonly value: string;
  readonly sentence: string;
}

/** Values that a number may have. */
export interface NumberRange {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
}

/** Reads variables; what a variable cannot have is replaced by the default and kept in `problems`. */
export class SettingsReader {
  readonly problems: SettingProblem[] = [];
  private readonly env: Env;

  constructor(env: Env) {
    this.env = env;
  }

  /** OpenTelemetry: an empty variable is an unset one. */
  text(variable: string): string | undefined {
    const value = this.env[variable]?.trim();
    return value === '' ? undefined : value;
  }

  choice<D extends string | undefined>(
    variable: string,
    allowed: readonly string[],
    fallback: D,
  ): string | D {
    const value = this.text(variable);
    if (value === undefined) return fallback;
    const found = allowed.find((one) => one === value.toLowerCase());
    if (found !== undefined) return found;
    return this.refuse(variable, value, `one of ${allowed.join(', ')}`, fallback);
  }

  /** Several of `allowed`, separated by commas; `none` is none of them. */
  list<T extends string>(variable: string, allowed: readonly T[], fallback: readonly T[]): readonly T[] {
    const names = this.text(variable)
      ?.toLowerCase()
      .split(',')
      .map((name) => name.trim());
    if (names === undefined) return fallback;
    const found = allowed.filter((one) => names.includes(one));
    const known = new Set<string>([...allowed, 'none', '']);
    for (const name of names) {
      if (known.has(name)) continue;
      const wanted = `of ${[...allowed, 'none'].join(', ')}, separated by commas`;
      this.refuse(variable, name, wanted, found.length > 0 ? found.join(', ') : fallback.join(', '));
      return found.length > 0 ? found : fallback;
    }
    return found;
  }

  number(variable: string, range: NumberRange): number {
    const value = this.text(variable);
    if (value === undefined) return range.default;
    const number = Number(value);
    const whole = range.integer !== false;
    if (number >= range.min && number <= range.max && (!whole || Number.isInteger(number))) return number;
    const wanted = `a ${whole ? 'whole ' : ''}number from ${range.min} to ${range.max}`;
    return this.refuse(variable, value, wanted, range.default);
  }

  url(variable: string, fallback: string): string {
    const value = this.text(variable);
    if (value === undefined) return fallback;
    if (URL.canParse(value) && /^https?:\/\//.test(value)) return value;
    return this.refuse(variable, value, 'an http:// or https:// address', fallback);
  }

  pairs(variable: string): Record<string, string> {
    const pairs: Record<string, string> = {};
    const value = this.text(variable);
    for (const part of value?.split(',') ?? []) {
      const equals = part.indexOf('=');
      const key = part.slice(0, Math.max(equals, 0)).trim();
      try {
        if (key === '') throw new Error('no key');
        pairs[key] = decodeURIComponent(part.slice(equals + 1).trim());
      } catch {
        if (part.trim() !== '')
          this.refuse(variable, part.trim(), 'key=value pairs, percent-encoded', 'the other pairs');
      }
    }
    return pairs;
  }

  /** Keeps a sentence about the variable and gives `used`, which `named` tells to people. */
  refuse<T extends string | number | undefined>(
    variable: string,
    value: string,
    wanted: string,
    used: T,
    named: string | number = used ?? 'the default',
  ): T {
    const sentence = `${variable} is "${value}", but must be ${wanted}; using ${named}`;
    // A variable that several settings start from is read more than once.
    if (!this.problems.some((known) => known.sentence === sentence))
      this.problems.push({ variable, value, sentence });
    return used;
  }
}
