/** A server's own count of tokens. */
export interface ToldUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cachedPromptTokens?: number;
}

/** What one event of a stream says. */
export interface AnswerPiece {
  /** Empty where it brings none. */
  readonly text: string;
  /** It stands for a token, with text or without. */
  readonly isToken: boolean;
  /** `broken`: the server gave it up. */
  readonly finish?: 'stop' | 'length' | 'broken';
  readonly usage?: ToldUsage;
  /** How long it took to read the prompt and to generate, where the server says so. */
  readonly prefillMs?: number;
  readonly decodeMs?: number;
  /** The server failed in the midst of it. */
  readonly error?: Fields;
}

/** Any object of JSON. */
export type Fields = Readonly<Record<string, unknown>>;

/** The object behind a value, or one without fields. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** The first of a list as an object. */
export function firstOf(value: unknown): Fields {
  return fieldsOf(Array.isArray(value) ? value[0] : undefined);
}

/** A whole number from 0, or nothing. */
export function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

const broken: ReadonlySet<unknown> = new Set(['abort', 'error', 'cancelled']);

/** Reads an event of a chat or of a completion, or a whole answer of either. */
export function readPiece(event: Fields): AnswerPiece {
  const choice = firstOf(event['choices']);
  const said = fieldsOf(choice['delta'] ?? choice['message']);
  const text = [said['content'], choice['text']].find((one) => typeof one === 'string') ?? '';
  const silent = said['reasoning_content'] ?? said['reasoning'] ?? said['tool_calls'];
  const reason = choice['finish_reason'];
  const usage = usageOf(event['usage']);
  const timings = fieldsOf(event['timings']);
  const prefillMs = durationOf(timings['prompt_ms']);
  const decodeMs = durationOf(timings['predicted_ms']);
  const failed = event['error'];
  return {
    text: text,
    isToken: text !== '' || (silent !== undefined && silent !== null && silent !== ''),
    ...(typeof reason !== 'string' || reason === '' ? {} : { finish: finishOf(reason) }),
    ...(usage === undefined ? {} : { usage }),
    ...(prefillMs === undefined ? {} : { prefillMs }),
    ...(decodeMs === undefined ? {} : { decodeMs }),
    ...(failed === undefined || failed === null
      ? {}
      : { error: typeof failed === 'string' ? { message: failed } : fieldsOf(failed) }),
  };
}

// A stop text, the end of the text, a call of a tool, a filter: whatever it is, the text is over.
function finishOf(reason: string): 'stop' | 'length' | 'broken' {
  if (reason === 'length' || reason === 'max_tokens') return 'length';
  return broken.has(reason) ? 'broken' : 'stop';
}

/** The count as OpenAI's API has it. */
export function usageOf(value: unknown): ToldUsage | undefined {
  const usage = fieldsOf(value);
  const promptTokens = countOf(usage['prompt_tokens']);
  if (promptTokens === undefined) return undefined;
  const cached = countOf(fieldsOf(usage['prompt_tokens_details'])['cached_tokens']);
  return {
    promptTokens,
    completionTokens: countOf(usage['completion_tokens']) ?? 0,
    ...(cached === undefined ? {} : { cachedPromptTokens: cached }),
  };
}

function durationOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}
