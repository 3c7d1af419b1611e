import type { GenerationRequest, PromptMessage } from '../domain/generation-request.ts';
import { refuse } from '../rpc-errors.ts';
import { BodyReader, isObject, kindOf } from './body-reader.ts';

/** A request for text as it came in a body. */
export interface GenerationBody {
  readonly request: GenerationRequest;
  readonly stream: boolean;
  /** A last piece tells the usage of the whole reply. */
  readonly includeUsage: boolean;
}

/** With the values that ask for nothing. What is not offered is refused, never ignored. */
const notOffered: Readonly<Record<string, readonly unknown[]>> = {
  n: [1],
  logprobs: [false],
  top_logprobs: [0],
  logit_bias: [],
  presence_penalty: [0],
  frequency_penalty: [0],
  store: [false],
  service_tier: ['auto', 'default'],
};

const notOfferedInChats: Readonly<Record<string, readonly unknown[]>> = {
  ...notOffered,
  audio: [],
  function_call: ['none'],
  functions: [],
  modalities: [],
  parallel_tool_calls: [],
  prediction: [],
  reasoning_effort: ['none'],
  tool_choice: ['none'],
  tools: [],
  verbosity: [],
  web_search_options: [],
};

const notOfferedInCompletions: Readonly<Record<string, readonly unknown[]>> = {
  ...notOffered,
  best_of: [1],
  echo: [false],
  suffix: [''],
};

/** @throws RpcError INVALID_ARGUMENT naming every field at fault. */
export function readChatBody(body: unknown): GenerationBody {
  const reader = new BodyReader(body);
  const messages = messagesOf(reader);
  reader.notOffered(notOfferedInChats);
  const maxCompletionTokens = reader.number('max_completion_tokens');
  const maxTokens = reader.number('max_tokens') ?? maxCompletionTokens;
  if (maxCompletionTokens !== undefined && maxTokens !== maxCompletionTokens)
    reader.refuse('max_tokens', 'is another than max_completion_tokens; give one of them');
  return generationBody(reader, { kind: 'chat', messages }, maxTokens);
}

/** @throws RpcError INVALID_ARGUMENT naming every field at fault. */
export function readCompletionBody(body: unknown): GenerationBody {
  const reader = new BodyReader(body);
  const text = promptOf(reader);
  reader.notOffered(notOfferedInCompletions);
  return generationBody(reader, { kind: 'text', text }, reader.number('max_tokens'));
}

function generationBody(
  reader: BodyReader,
  prompt: GenerationRequest['prompt'],
  maxTokens: number | undefined,
): GenerationBody {
  const stream = reader.flag('stream');
  const request: GenerationRequest = {
    model: reader.text('model') ?? '',
    prompt,
    maxTokens,
    temperature: reader.number('temperature'),
    topP: reader.number('top_p'),
    topK: reader.number('top_k'),
    seed: seedOf(reader),
    stop: stopOf(reader),
    priority: reader.number('priority'),
    responseFormat: responseFormatOf(reader),
  };
  const includeUsage = includesUsage(reader, stream);
  reader.without('user', 'metadata', 'safety_identifier', 'prompt_cache_key');
  reader.finish();
  refuse(reader.violations);
  return { request, stream, includeUsage };
}

function messagesOf(reader: BodyReader): PromptMessage[] {
  const value = reader.value('messages');
  if (value === undefined) {
    reader.refuse('messages', 'is absent; give at least one message, the last one from "user"');
    return [];
  }
  if (!Array.isArray(value)) {
    reader.refuse('messages', `is ${kindOf(value)}; give a list of messages`);
    return [];
  }
  return value.map((message: unknown, index) => messageOf(reader, message, `messages[${index}]`));
}

function messageOf(reader: BodyReader, message: unknown, where: string): PromptMessage {
  if (!isObject(message)) {
    reader.refuse(where, `is ${kindOf(message)}; give an object with role and content`);
    return { role: 'user', content: '' };
  }
  const { role, content, ...others } = message;
  for (const [field, value] of Object.entries(others))
    if (value !== null && !(Array.isArray(value) && value.length === 0))
      reader.refuse(`${where}.${field.slice(0, 64)}`, 'is not offered here; leave it out');
  if (typeof role !== 'string')
    reader.refuse(`${where}.role`, 'is absent; give "system", "user" or "assistant"');
  return {
    // The newer name for the same thing.
    role: role === 'developer' ? 'system' : typeof role === 'string' ? role : 'user',
    content: contentOf(reader, content, `${where}.content`),
  };
}

/** A text, or a list of parts that are texts. */
function contentOf(reader: BodyReader, content: unknown, where: string): string {
  if (typeof content === 'string') return content;
  if (Array.isArray(content)) {
    return content
      .map((part: unknown, index) => {
        if (isObject(part) && part['type'] === 'text' && typeof part['text'] === 'string')
          return part['text'];
        const type =
          isObject(part) && typeof part['type'] === 'string' ? part['type'].slice(0, 32) : kindOf(part);
        reader.refuse(
          `${where}[${index}]`,
          `is ${JSON.stringify(type)}; only parts of type "text" are offered`,
        );
        return '';
      })
      .join('');
  }
  reader.refuse(
    where,
    content === undefined || content === null
      ? 'is absent; give a text'
      : `is ${kindOf(content)}; give a text`,
  );
  return '';
}

function promptOf(reader: BodyReader): string {
  const value = reader.value('prompt');
  if (typeof value === 'string') return value;
  if (Array.isArray(value) && value.length === 1 && typeof value[0] === 'string') return value[0];
  if (value === undefined) reader.refuse('prompt', 'is absent; give the text to continue');
  else if (Array.isArray(value))
    reader.refuse('prompt', 'is a list; give one text: lists of prompts or of tokens are not offered');
  else reader.refuse('prompt', `is ${kindOf(value)}; give a text`);
  return '';
}

function stopOf(reader: BodyReader): string[] {
  const value = reader.value('stop');
  if (value === undefined) return [];
  if (typeof value === 'string') return [value];
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  reader.refuse('stop', 'is neither a text nor a list of texts');
  return [];
}

/** A whole number, below 0 as its two's complement: clients send any of 64 bits. */
function seedOf(reader: BodyReader): string | undefined {
  const value = reader.number('seed');
  if (value === undefined) return undefined;
  if (Number.isSafeInteger(value)) return String(BigInt.asUintN(64, BigInt(value)));
  return reader.refuse('seed', `is ${value}; give a whole number between -2^53 and 2^53`);
}

/** `json_schema` holds the schema itself, beside a name and notes that have no effect here. */
function responseFormatOf(reader: BodyReader): GenerationRequest['responseFormat'] {
  const value = reader.value('response_format');
  if (value === undefined) return undefined;
  if (!isObject(value)) return reader.refuse('response_format', `is ${kindOf(value)}; give an object`);
  const { type, json_schema: jsonSchema } = value;
  if (type === 'text') return undefined;
  if (type === 'json_object') return { type, jsonSchema: '' };
  const types = '"text", "json_object" or "json_schema"';
  if (type !== 'json_schema') return reader.refuse('response_format.type', `is not known; give ${types}`);
  const schema = isObject(jsonSchema) ? jsonSchema['schema'] : undefined;
  if (!isObject(schema))
    return reader.refuse('response_format.json_schema.schema', 'is absent; give a JSON schema');
  return { type, jsonSchema: JSON.stringify(schema) };
}

function includesUsage(reader: BodyReader, stream: boolean): boolean {
  const options = reader.value('stream_options');
  if (options === undefined) return false;
  if (!isObject(options)) {
    reader.refuse('stream_options', `is ${kindOf(options)}; give an object`);
    return false;
  }
  if (!stream)
    reader.refuse('stream_options', 'is given without stream; give stream as well, or leave it out');
  const { include_usage: includeUsage, include_obfuscation: obfuscation, ...others } = options;
  if (obfuscation === true)
    reader.refuse('stream_options.include_obfuscation', 'is not offered here; leave it out');
  for (const field of Object.keys(others))
    reader.refuse(`stream_options.${field.slice(0, 64)}`, 'is not a field of this request; leave it out');
  return includeUsage === true;
}
