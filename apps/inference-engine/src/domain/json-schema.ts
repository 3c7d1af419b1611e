import type { Violation } from './prompt.ts';

/** A JSON Schema of the part that generation can be held to; what says nothing was left out. */
export type JsonSchema =
  | { readonly enum: readonly JsonLiteral[] }
  | { readonly oneOf: readonly JsonSchema[] }
  | { readonly type: ScalarType | readonly ScalarType[] }
  | { readonly type: 'string'; readonly minLength?: number; readonly maxLength?: number }
  | {
      readonly type: 'array';
      readonly items?: JsonSchema;
      readonly minItems?: number;
      readonly maxItems?: number;
    }
  | {
      readonly type: 'object';
      readonly properties?: Readonly<Record<string, JsonSchema>>;
      readonly additionalProperties?: boolean | JsonSchema;
    };

type JsonLiteral = string | number | boolean | null;
type ScalarType = 'string' | 'number' | 'integer' | 'boolean' | 'null';
type Source = Readonly<Record<string, unknown>>;

const deepest = 16;
const mostParts = 256;
const mostRepeats = 256;
const scalars: readonly string[] = ['string', 'number', 'integer', 'boolean', 'null'];
/** These describe, and bind nothing. */
const annotations = new Set(
  'title description $schema $id $comment default examples deprecated readOnly writeOnly'.split(' '),
);
const mends: Readonly<Record<string, string>> = {
  $ref: 'write what it refers to in its place',
  oneOf: 'use anyOf',
  allOf: 'merge its parts into one schema',
  prefixItems: 'use items, or an object with a property for each',
};

/** Reads a schema, or says of its first fault where it is and how to mend it. */
export function readJsonSchema(
  source: unknown,
): { kind: 'schema'; schema: JsonSchema } | { kind: 'refused'; violation: Violation } {
  try {
    return { kind: 'schema', schema: new Reader().read(source, '', 0) };
  } catch (fault) {
    if (fault instanceof SchemaFault) return { kind: 'refused', violation: fault.violation };
    throw fault;
  }
}

class SchemaFault extends Error {
  readonly violation: Violation;
  constructor(path: string, description: string) {
    super(description);
    this.violation = { field: `response_format.json_schema${path}`, description };
  }
}

class Reader {
  #parts = 0;

  read(source: unknown, path: string, depth: number): JsonSchema {
    if (typeof source !== 'object' || source === null || Array.isArray(source))
      throw new SchemaFault(path, 'must be a schema: an object such as {"type": "string"}');
    if (depth > deepest)
      throw new SchemaFault(path, `lies ${depth} levels deep; give at most ${deepest}, so flatten it`);
    if (++this.#parts > mostParts)
      throw new SchemaFault('', `has more than ${mostParts} schemas in it; give a smaller one`);
    const schema = source as Source;
    if ('const' in schema) return this.#literals(schema, [schema['const']], path, 'const');
    if ('enum' in schema) return this.#literals(schema, schema['enum'], path, 'enum');
    if ('anyOf' in schema) return this.#anyOf(schema, path, depth);
    const { type } = schema;
    if (Array.isArray(type)) return this.#types(schema, type, path);
    switch (type) {
      case 'object':
        return this.#object(schema, path, depth);
      case 'array':
        return this.#array(schema, path, depth);
      case 'string':
        allow(schema, path, ['minLength', 'maxLength']);
        return { type, ...range(schema, path, 'minLength', 'maxLength') };
      case 'number':
      case 'integer':
      case 'boolean':
      case 'null':
        allow(schema, path, []);
        return { type };
      default:
        for (const key of Object.keys(schema)) if (key in mends) unsupported(path, key);
        throw new SchemaFault(
          `${path}.type`,
          `is ${shown(type)}; give object, array, string, number, integer, boolean or null`,
        );
    }
  }

  #literals(schema: Source, values: unknown, path: string, key: 'const' | 'enum'): JsonSchema {
    allow(schema, path, [key]);
    const where = `${path}.${key}`;
    if (!Array.isArray(values) || values.length === 0 || values.length > mostRepeats)
      throw new SchemaFault(where, `must be a list of 1 to ${mostRepeats} values`);
    const literals = values.map((value: unknown, index): JsonLiteral => {
      const at = key === 'enum' ? `${where}[${index}]` : where;
      if (value === null || typeof value === 'boolean' || typeof value === 'number') return value;
      if (typeof value === 'string') return plain(value, at);
      throw new SchemaFault(at, 'must be a string, a number, true, false or null');
    });
    const { type } = schema;
    const fitting = literals.filter((value) => type === undefined || [type].flat().includes(typeOf(value)));
    const integral = (value: JsonLiteral): boolean =>
      Number.isInteger(value) && [type].flat().includes('integer');
    if (literals.some((value) => !fitting.includes(value) && !integral(value)))
      throw new SchemaFault(where, `has values that are not of the type ${shown(type)}; leave out either`);
    return { enum: literals };
  }

  #anyOf(schema: Source, path: string, depth: number): JsonSchema {
    allow(schema, path, ['anyOf'], ['type']);
    const parts = schema['anyOf'];
    if (!Array.isArray(parts) || parts.length === 0)
      throw new SchemaFault(`${path}.anyOf`, 'must be a list of at least one schema');
    // Any of these is any of the library's, which calls it oneOf.
    return {
      oneOf: parts.map((part: unknown, index) => this.read(part, `${path}.anyOf[${index}]`, depth + 1)),
    };
  }

  #types(schema: Source, types: readonly unknown[], path: string): JsonSchema {
    allow(schema, path, []);
    if (types.length === 0 || !types.every((type) => scalars.includes(String(type))))
      throw new SchemaFault(`${path}.type`, `may list only ${scalars.join(', ')}; use anyOf for the others`);
    return { type: types as ScalarType[] };
  }

  #array(schema: Source, path: string, depth: number): JsonSchema {
    allow(schema, path, ['items', 'minItems', 'maxItems']);
    return {
      type: 'array',
      ...('items' in schema ? { items: this.read(schema['items'], `${path}.items`, depth + 1) } : {}),
      ...range(schema, path, 'minItems', 'maxItems'),
    };
  }

  #object(schema: Source, path: string, depth: number): JsonSchema {
    allow(schema, path, ['properties', 'required', 'additionalProperties']);
    const { properties = {}, required = [], additionalProperties: more = true } = schema;
    if (typeof properties !== 'object' || properties === null || Array.isArray(properties))
      throw new SchemaFault(`${path}.properties`, 'must be an object of schemas');
    const names = Object.keys(properties);
    if (!Array.isArray(required) || !required.every((name) => names.includes(String(name))))
      throw new SchemaFault(`${path}.required`, 'must list names that stand in properties');
    // With properties, no others are made: a second value of the same name could be of another kind.
    if (names.length > 0) {
      const read = Object.entries(properties).map(([name, one]): [string, JsonSchema] => [
        plain(name, `${path}.properties`),
        this.read(one, `${path}.properties.${name}`, depth + 1),
      ]);
      return { type: 'object', properties: Object.fromEntries(read) };
    }
    if (typeof more === 'boolean') return { type: 'object', additionalProperties: more };
    return {
      type: 'object',
      additionalProperties: this.read(more, `${path}.additionalProperties`, depth + 1),
    };
  }
}

function allow(schema: Source, path: string, keys: readonly string[], not: readonly string[] = []): void {
  for (const key of Object.keys(schema)) {
    if (annotations.has(key) || keys.includes(key) || (key === 'type' && !not.includes(key))) continue;
    unsupported(path, key);
  }
}

function unsupported(path: string, key: string): never {
  const mend = mends[key] ?? 'leave it out';
  throw new SchemaFault(`${path}.${key.slice(0, 64)}`, `is not supported; ${mend}`);
}

function range<Least extends string, Most extends string>(
  schema: Source,
  path: string,
  leastKey: Least,
  mostKey: Most,
): Partial<Record<Least | Most, number>> {
  const bounds: Partial<Record<string, number>> = {};
  for (const key of [leastKey, mostKey]) {
    const value = schema[key];
    if (value === undefined) continue;
    if (!(Number.isInteger(value) && Number(value) >= 0 && Number(value) <= mostRepeats))
      throw new SchemaFault(
        `${path}.${key}`,
        `is ${shown(value)}; give a whole number from 0 to ${mostRepeats}`,
      );
    bounds[key] = Number(value);
  }
  if ((bounds[leastKey] ?? 0) > (bounds[mostKey] ?? Infinity))
    throw new SchemaFault(`${path}.${mostKey}`, `is below ${leastKey}; make it at least as large`);
  return bounds;
}

function plain(text: string, path: string): string {
  // Control characters have no spelling in a grammar.
  // eslint-disable-next-line no-control-regex
  if (!/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(text) && text.isWellFormed()) return text;
  throw new SchemaFault(path, 'has a text with control characters; leave them out');
}

function typeOf(value: JsonLiteral): string {
  return value === null ? 'null' : typeof value;
}

function shown(value: unknown): string {
  return value === undefined ? 'absent' : JSON.stringify(value).slice(0, 60);
}
