import { z } from 'zod';

/** One environment variable: its name, what it may hold, and what it means. */
export interface Variable<Value> {
  readonly name: string;
  /** What a value may be, as the end of the sentence "must be …". */
  readonly allowed: string;
  readonly schema: z.ZodType<Value, string>;
  readonly default: Value | undefined;
  /** False where a process cannot start without a value. */
  readonly required: boolean;
  readonly unit: string | undefined;
  readonly description: string;
}

/** What every kind of variable takes. Without `default` or `optional` a value is required. */
export interface VariableOptions<Value> {
  readonly default?: Value;
  readonly optional?: true;
  readonly unit?: string;
  readonly description: string;
}

/** `Value`, or `Value | undefined` where the variable is optional and has no default. */
type Typed<Value, Options> = Options extends { optional: true }
  ? Variable<Value | undefined>
  : Variable<Value>;

function variable<Value, Options extends VariableOptions<Value>>(
  name: string,
  allowed: string,
  schema: z.ZodType<Value, string>,
  options: Options,
): Typed<Value, Options> {
  const built: Variable<Value> = {
    name,
    allowed,
    schema,
    default: options.default,
    required: options.default === undefined && options.optional !== true,
    unit: options.unit,
    description: options.description,
  };
  return built;
}

/** Any text. */
export function text<const O extends VariableOptions<string>>(name: string, options: O) {
  return variable<string, O>(name, 'text', z.string(), options);
}

/** A path in the file system; relative ones count from the working directory. */
export function path<const O extends VariableOptions<string>>(name: string, options: O) {
  return variable<string, O>(name, 'a path', z.string(), options);
}

/** An absolute http or https URL, without a trailing slash. */
export function url<const O extends VariableOptions<string>>(name: string, options: O) {
  const schema = z
    .string()
    .refine((value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol))
    .transform((value) => value.replace(/\/+$/, ''));
  return variable<string, O>(name, 'a URL such as http://localhost:16686', schema, options);
}

/** `host:port`, port 0 (any free one) to 65535; IPv6 hosts in brackets. */
export function address<const O extends VariableOptions<string>>(name: string, options: O) {
  const schema = z.string().refine((value) => {
    const match = /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/.exec(value);
    return match !== null && Number(match[1]) <= 65_535;
  });
  return variable<string, O>(name, 'host:port, such as 127.0.0.1:50051', schema, options);
}

interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

function range({ min, max }: Bounds): string {
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) return ` of at least ${min}`;
  return max === undefined ? '' : ` of at most ${max}`;
}

function numeric(pattern: RegExp, { min = -Infinity, max = Infinity }: Bounds): z.ZodType<number, string> {
  return z
    .string()
    .regex(pattern)
    .transform(Number)
    .refine((value) => value >= min && value <= max);
}

/** A whole number. */
export function integer<const O extends VariableOptions<number> & Bounds>(name: string, options: O) {
  return variable<number, O>(
    name,
    `a whole number${range(options)}`,
    numeric(/^-?\d{1,15}$/, options),
    options,
  );
}

/** A number with or without a fraction. */
export function decimal<const O extends VariableOptions<number> & Bounds>(name: string, options: O) {
  const schema = numeric(/^-?(\d+\.?\d*|\.\d+)$/, options);
  return variable<number, O>(name, `a number${range(options)}`, schema, options);
}

/** A duration in whole milliseconds. */
export function durationMs<const O extends VariableOptions<number> & Bounds>(name: string, options: O) {
  const bounds = { min: 0, ...options };
  const schema = numeric(/^\d{1,12}$/, bounds);
  return variable<number, O>(name, `milliseconds, a whole number${range(bounds)}`, schema, {
    unit: 'ms',
    ...options,
  });
}

/** `true`, `false`, `1` or `0`. */
export function flag<const O extends VariableOptions<boolean>>(name: string, options: O) {
  const schema = z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1');
  return variable<boolean, O>(name, 'true or false', schema, options);
}

/** One of the given words. */
export function choice<const Word extends string, const O extends VariableOptions<NoInfer<Word>>>(
  name: string,
  words: readonly Word[],
  options: O,
) {
  const schema = z.enum(words as readonly [Word, ...Word[]]) as unknown as z.ZodType<Word, string>;
  return variable<Word, O>(
    name,
    words.length > 1 ? `one of ${words.join(', ')}` : `${words[0]}`,
    schema,
    options,
  );
}

/** A value read by `parse`, which throws an Error whose message ends the sentence "must be …". */
export function custom<Value, const O extends VariableOptions<Value>>(
  name: string,
  allowed: string,
  parse: (text: string) => Value,
  options: O,
) {
  const schema = z.string().transform((value, context) => {
    try {
      return parse(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
      return z.NEVER;
    }
  });
  return variable<Value, O>(name, allowed, schema, options);
}
