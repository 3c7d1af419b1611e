// Original file: protos/ryzanstein/api/v1/llm.proto


/**
 * A form for the answer. It has that form when `finish_reason` is STOP, unless a stop text cut it off;
 * where it is LENGTH, it is the beginning of one.
 */
export interface ResponseFormat {
  /**
   * "text" (or empty), "json_object" or "json_schema".
   */
  'type'?: (string);
  /**
   * With "json_schema" alone: the schema as JSON text of at most 16384 characters. Of JSON Schema it may
   * have: type, enum, const, anyOf; properties, required, additionalProperties; items, minItems,
   * maxItems; minLength, maxLength; and what only describes. All properties are given, in their order.
   */
  'jsonSchema'?: (string);
}

/**
 * A form for the answer. It has that form when `finish_reason` is STOP, unless a stop text cut it off;
 * where it is LENGTH, it is the beginning of one.
 */
export interface ResponseFormat__Output {
  /**
   * "text" (or empty), "json_object" or "json_schema".
   */
  'type': (string);
  /**
   * With "json_schema" alone: the schema as JSON text of at most 16384 characters. Of JSON Schema it may
   * have: type, enum, const, anyOf; properties, required, additionalProperties; items, minItems,
   * maxItems; minLength, maxLength; and what only describes. All properties are given, in their order.
   */
  'jsonSchema': (string);
}
