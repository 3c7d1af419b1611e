import { readFormat } from './response-format.ts';

const read = (schema: unknown) => readFormat({ type: 'json_schema', jsonSchema: JSON.stringify(schema) });
const schemaOf = (schema: unknown): unknown => {
  const reading = read(schema);
  return reading.kind === 'format' ? reading.format?.schema : reading.violation;
};

describe('readFormat', () => {
  it('takes any text, any object, or a schema', () => {
    expect(readFormat({ type: '', jsonSchema: '' })).toEqual({ kind: 'format', format: undefined });
    expect(readFormat({ type: 'text', jsonSchema: '' })).toEqual({ kind: 'format', format: undefined });
    expect(readFormat({ type: 'json_object', jsonSchema: '' })).toMatchObject({
      format: { schema: { type: 'object', additionalProperties: true } },
    });
  });

  it('leaves out what binds nothing, and what it makes no use of', () => {
    const schema = {
      title: 'Animal',
      type: 'object',
      properties: { name: { type: 'string', description: 'of it' }, legs: { anyOf: [{ const: 4 }] } },
      required: ['name'],
      additionalProperties: true,
    };
    expect(schemaOf(schema)).toEqual({
      type: 'object',
      properties: { name: { type: 'string' }, legs: { oneOf: [{ enum: [4] }] } },
    });
    expect(schemaOf({ type: 'object' })).toEqual({ type: 'object', additionalProperties: true });
  });

  it.each<[unknown, string, RegExp]>([
    [7, '', /must be a schema/],
    [{}, '.type', /is absent; give object, array/],
    [{ type: 'integer', minimum: 3 }, '.minimum', /not supported; leave it out/],
    [{ $ref: '#/$defs/a' }, '.$ref', /write what it refers to/],
    [{ oneOf: [{ type: 'null' }] }, '.oneOf', /use anyOf/],
    [{ type: 'array', items: { type: 'wizard' } }, '.items.type', /is "wizard"; give object/],
    [{ type: 'array', maxItems: 100_000 }, '.maxItems', /from 0 to 256/],
    [{ type: 'string', minLength: 5, maxLength: 2 }, '.maxLength', /is below minLength/],
    [{ type: 'object', properties: {}, required: ['a'] }, '.required', /stand in properties/],
    [{ type: 'string', enum: ['a', 1] }, '.enum', /not of the type "string"/],
    [{ enum: ['a\u0000'] }, '.enum[0]', /control characters/],
    [{ type: ['string', 'object'] }, '.type', /use anyOf/],
  ])('refuses %j by the place of its fault', (schema, path, sentence) => {
    expect(read(schema)).toEqual({
      kind: 'refused',
      violation: {
        field: `response_format.json_schema${path}`,
        description: expect.stringMatching(sentence) as string,
      },
    });
  });

  it('refuses what is too deep, too large, no JSON, or of no known type', () => {
    let deep: unknown = { type: 'null' };
    for (let level = 0; level < 20; level++) deep = { type: 'array', items: deep };
    expect(schemaOf(deep)).toMatchObject({ description: expect.stringMatching(/flatten it/) as string });
    expect(schemaOf({ anyOf: Array(400).fill({ type: 'null' }) })).toMatchObject({
      description: expect.stringMatching(/more than 256/) as string,
    });
    const field = (type: string, jsonSchema: string): unknown => {
      const reading = readFormat({ type, jsonSchema });
      return reading.kind === 'refused' ? reading.violation.field : undefined;
    };
    expect(field('json_schema', ' '.repeat(20_000))).toBe('response_format.json_schema');
    expect(field('json_schema', '{')).toBe('response_format.json_schema');
    expect(field('json_object', '{}')).toBe('response_format.json_schema');
    expect(field('xml', '')).toBe('response_format.type');
  });
});
