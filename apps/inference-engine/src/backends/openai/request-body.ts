import type { GenerationTerms } from '../../domain/generation.ts';
import type { JsonSchema } from '../../domain/json-schema.ts';
import type { JsonFormat } from '../../domain/response-format.ts';
import type { Prompt } from '../../domain/prompt.ts';
import type { Dialect } from './dialect.ts';

/** What a server was found not to take, or to want under another name. */
export interface Habits {
  /** It tells the usage of a stream if asked to. */
  includeUsage: boolean;
  /** What it calls the bound of a chat. */
  maxTokens: 'max_tokens' | 'max_completion_tokens';
}

/** A prompt that a server without a tokenizer here can be given. */
export type RemotePrompt = Exclude<Prompt, { kind: 'tokens' }>;

/** The path to ask at, and what. */
export function requestOf(
  prompt: RemotePrompt,
  terms: GenerationTerms,
  { model, dialect, habits }: { readonly model: string; readonly dialect: Dialect; readonly habits: Habits },
): { readonly path: string; readonly body: object } {
  const { temperature, topP, topK, seed } = terms.sampling;
  const { stop, format, maxTokens, ignoreEos } = terms;
  const chat = prompt.kind === 'chat';
  const body = {
    model,
    ...(chat ? { messages: prompt.messages } : { prompt: prompt.text }),
    stream: true,
    ...(habits.includeUsage ? { stream_options: { include_usage: true } } : {}),
    ...(maxTokens === undefined ? {} : { [chat ? habits.maxTokens : 'max_tokens']: maxTokens }),
    temperature,
    top_p: topP,
    // Where it is not known, a wish for it is the server's to refuse.
    ...(dialect.topK || topK > 0 ? { top_k: topK } : {}),
    seed,
    ...(stop.length === 0 ? {} : { stop }),
    ...(ignoreEos ? { ignore_eos: true } : {}),
    ...(format === undefined ? {} : { response_format: responseFormat(format, dialect) }),
  };
  return { path: chat ? '/chat/completions' : '/completions', body };
}

/** Everything that a user wrote. */
export function textsOf(prompt: RemotePrompt): readonly string[] {
  return prompt.kind === 'text' ? [prompt.text] : prompt.messages.map(({ content }) => content);
}

function responseFormat({ key, schema }: JsonFormat, { schemaIn }: Dialect): object {
  if (key === anyObject) return { type: 'json_object' };
  if (schemaIn === 'json_object') return { type: 'json_object', schema: jsonSchemaOf(schema) };
  return { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema: jsonSchemaOf(schema) } };
}

/** As JSON Schema says it: every property of an object is there, and no other. */
function jsonSchemaOf(schema: JsonSchema): object {
  if ('oneOf' in schema) return { anyOf: schema.oneOf.map(jsonSchemaOf) };
  if ('items' in schema && schema.items !== undefined)
    return { ...schema, items: jsonSchemaOf(schema.items) };
  if ('properties' in schema && schema.properties !== undefined) {
    const properties = Object.entries(schema.properties).map(([name, one]) => [name, jsonSchemaOf(one)]);
    return {
      type: 'object',
      properties: Object.fromEntries(properties) as object,
      required: Object.keys(schema.properties),
      additionalProperties: false,
    };
  }
  if ('additionalProperties' in schema && typeof schema.additionalProperties === 'object')
    return { ...schema, additionalProperties: jsonSchemaOf(schema.additionalProperties) };
  return schema;
}

const anyObject = JSON.stringify({ type: 'object', additionalProperties: true });
