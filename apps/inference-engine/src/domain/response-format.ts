import { readJsonSchema, type JsonSchema } from './json-schema.ts';
import type { Violation } from './prompt.ts';

/** The form that a text is held to. */
export interface JsonFormat {
  /** Equal for equal schemas. */
  readonly key: string;
  readonly schema: JsonSchema;
}

/** A wish for a form, as it comes over the wire. */
export interface FormatWish {
  /** `text`, `json_object` or `json_schema`; empty means text. */
  readonly type: string;
  /** With `json_schema` alone: the schema as JSON text. */
  readonly jsonSchema: string;
}

/** What a wish comes to: nothing where any text will do. */
export type FormatReading =
  | { readonly kind: 'format'; readonly format: JsonFormat | undefined }
  | { readonly kind: 'refused'; readonly violation: Violation };

const longestSchema = 16_384;
const anyObject: JsonSchema = { type: 'object', additionalProperties: true };

/** Reads a wish, or says what is wrong with it. */
export function readFormat({ type, jsonSchema }: FormatWish): FormatReading {
  if (type !== '' && type !== 'text' && type !== 'json_object' && type !== 'json_schema')
    return refused(
      'type',
      `is ${JSON.stringify(type.slice(0, 40))}; give "text", "json_object" or "json_schema"`,
    );
  if (type !== 'json_schema') {
    if (jsonSchema !== '')
      return refused('json_schema', 'has a place only where response_format.type is "json_schema"');
    return { kind: 'format', format: type === 'json_object' ? format(anyObject) : undefined };
  }
  if (jsonSchema.length > longestSchema)
    return refused('json_schema', `has ${jsonSchema.length} characters; give at most ${longestSchema}`);
  let source: unknown;
  try {
    source = JSON.parse(jsonSchema);
  } catch {
    return refused('json_schema', 'is not JSON; give a JSON Schema as JSON text');
  }
  const read = readJsonSchema(source);
  return read.kind === 'refused' ? read : { kind: 'format', format: format(read.schema) };
}

function format(schema: JsonSchema): JsonFormat {
  return { key: JSON.stringify(schema), schema };
}

function refused(field: string, description: string): FormatReading {
  return { kind: 'refused', violation: { field: `response_format.${field}`, description } };
}
