import type { Violation } from './failure.ts';
import type { GenerationRequest, Prompt, PromptMessage } from './generation-request.ts';

const roles: readonly string[] = ['system', 'user', 'assistant'];
const mostTokens = 1_000_000;
const mostStops = 4;
const longestStop = 128;
const highestPriority = 9;
const formats: readonly string[] = ['', 'text', 'json_object', 'json_schema'];
const longestSchema = 16_384;

/** Every reason, all together, for which a request cannot be accepted; empty where there is none. */
export function checkGeneration(request: GenerationRequest): Violation[] {
  return [
    ...checkPrompt(request.prompt),
    ...checkNumbers(request),
    ...checkStop(request.stop),
    ...checkFormat(request),
  ];
}

/** As checkGeneration for a prompt that is only counted: it may be empty text, or end with any role. */
export function checkCountedPrompt(prompt: Prompt | undefined): Violation[] {
  if (prompt === undefined) return [violation('input', 'is absent; give either prompt or chat')];
  if (prompt.kind === 'text') return [];
  if (prompt.messages.length === 0)
    return [violation('chat.messages', 'is empty; give at least one message')];
  return checkRoles(prompt.messages, 'chat.messages');
}

/** A completion longer than the whole context can never fit, whatever the prompt. */
export function checkContext(
  request: GenerationRequest,
  model: { readonly id: string; readonly contextLength: number },
): Violation[] {
  const { maxTokens } = request;
  if (maxTokens === undefined || model.contextLength === 0 || maxTokens <= model.contextLength) return [];
  const context = `${model.contextLength} tokens of context of ${model.id}, prompt included`;
  return [violation('max_tokens', `is ${maxTokens}; give less than the ${context}`)];
}

function checkPrompt(prompt: Prompt): Violation[] {
  if (prompt.kind === 'text') {
    return prompt.text === '' ? [violation('prompt', 'is empty; give the text to continue')] : [];
  }
  const { messages } = prompt;
  const last = messages.at(-1);
  if (last === undefined) {
    return [violation('messages', 'is empty; give at least one message, the last one from "user"')];
  }
  const violations = checkRoles(messages, 'messages');
  const where = `messages[${messages.length - 1}]`;
  if (last.role !== 'user') {
    // An unknown role is already named; that it is not "user" is the same mistake.
    if (roles.includes(last.role)) {
      violations.push(violation(`${where}.role`, `is "${last.role}"; the last message must be from "user"`));
    }
  } else if (last.content === '') {
    violations.push(violation(`${where}.content`, 'is empty; the last message must say something'));
  }
  return violations;
}

function checkRoles(messages: readonly PromptMessage[], field: string): Violation[] {
  const violations: Violation[] = [];
  messages.forEach(({ role }, index) => {
    if (roles.includes(role)) return;
    const is = role === '' ? 'is empty' : `is "${role.slice(0, 32)}"`;
    violations.push(violation(`${field}[${index}].role`, `${is}; give "system", "user" or "assistant"`));
  });
  return violations;
}

function checkNumbers(request: GenerationRequest): Violation[] {
  const { maxTokens, temperature, topP, topK, seed, priority } = request;
  const violations: Violation[] = [];
  // Written as "not inside", so that NaN is outside everywhere.
  const check = (field: string, value: number | undefined, inside: boolean, allowed: string): void => {
    if (value !== undefined && !inside) violations.push(violation(field, `is ${value}; give ${allowed}`));
  };
  check('max_tokens', maxTokens, isWhole(maxTokens, 1, mostTokens), `a whole number from 1 to ${mostTokens}`);
  check('temperature', temperature, isWithin(temperature, 0, 2), 'a number from 0 to 2');
  check('top_p', topP, isWithin(topP, 0, 1) && topP !== 0, 'a number above 0 and up to 1');
  check('top_k', topK, isWhole(topK, 0, 2 ** 31 - 1), 'a whole number, 0 or more');
  check(
    'priority',
    priority,
    isWhole(priority, 0, highestPriority),
    `a whole number from 0 to ${highestPriority}`,
  );
  if (seed !== undefined && !isUnsigned64(seed)) {
    violations.push(violation('seed', `is ${seed.slice(0, 32)}; give a whole number from 0 to 2^64 - 1`));
  }
  return violations;
}

function checkStop(stop: readonly string[]): Violation[] {
  const violations: Violation[] = [];
  if (stop.length > mostStops)
    violations.push(violation('stop', `has ${stop.length} texts; give at most ${mostStops}`));
  stop.slice(0, mostStops).forEach((text, index) => {
    const length = text.length <= longestStop ? text.length : [...text].length;
    if (length >= 1 && length <= longestStop) return;
    const is = length === 0 ? 'is empty' : `has ${length} characters`;
    violations.push(violation(`stop[${index}]`, `${is}; give 1 to ${longestStop} characters`));
  });
  return violations;
}

/** What can be seen without the engine, which knows the schemas that it can hold a text to. */
function checkFormat({ responseFormat }: GenerationRequest): Violation[] {
  if (!responseFormat) return [];
  const { type, jsonSchema } = responseFormat;
  const field = 'response_format.json_schema';
  if (!formats.includes(type)) {
    const is = `is "${type.slice(0, 32)}"`;
    return [violation('response_format.type', `${is}; give "text", "json_object" or "json_schema"`)];
  }
  if (type !== 'json_schema')
    return jsonSchema === '' ? [] : [violation(field, 'needs response_format.type "json_schema"')];
  if (jsonSchema.length > longestSchema)
    return [violation(field, `has ${jsonSchema.length} characters; give at most ${longestSchema}`)];
  try {
    JSON.parse(jsonSchema);
    return [];
  } catch {
    return [violation(field, 'is not JSON; give a JSON Schema as JSON text')];
  }
}

function isWithin(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most;
}

function isWhole(value: number | undefined, least: number, most: number): boolean {
  return Number.isInteger(value) && isWithin(value, least, most);
}

function isUnsigned64(text: string): boolean {
  return /^\d{1,20}$/.test(text) && BigInt(text) < 2n ** 64n;
}

function violation(field: string, description: string): Violation {
  return { field, description };
}
