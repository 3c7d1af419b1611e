/** One turn of a conversation. */
export interface PromptMessage {
  readonly role: string;
  readonly content: string;
}

/** What the model is to go on from: a conversation (rendered with its chat template) or plain text. */
export type Prompt =
  | { readonly kind: 'chat'; readonly messages: readonly PromptMessage[] }
  | { readonly kind: 'text'; readonly text: string };

/**
 * A request for text, whichever edge it came through. An absent number means the engine's
 * default; a present 0 means 0.
 */
export interface GenerationRequest {
  /** Empty: the only model, if there is exactly one. */
  readonly model: string;
  readonly prompt: Prompt;
  readonly maxTokens?: number | undefined;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly topK?: number | undefined;
  /** An unsigned 64-bit integer in decimal. */
  readonly seed?: string | undefined;
  readonly stop: readonly string[];
  /** 0 to 9; higher goes first. */
  readonly priority?: number | undefined;
  /** The form that the answer is held to. */
  readonly responseFormat?: { readonly type: string; readonly jsonSchema: string } | null | undefined;
}

/** What the engine takes where `max_tokens` is absent. */
const defaultMaxTokens = 256;
/** Characters that one token of ordinary text stands for, rounded down so that the estimate is ample. */
const charactersPerToken = 3;
/** What a chat template adds to each message. */
const tokensPerMessage = 4;

/**
 * Tokens of KV cache that a request may come to fill, prompt and completion together. An
 * estimate for placement, made without a tokenizer; never above the model's context where that
 * is known.
 */
export function estimateKvTokens(request: GenerationRequest, contextLength?: number): number {
  const { prompt } = request;
  const promptTokens =
    prompt.kind === 'text'
      ? tokensOf(prompt.text)
      : prompt.messages.reduce((sum, message) => sum + tokensOf(message.content) + tokensPerMessage, 0);
  const wanted = promptTokens + (request.maxTokens ?? defaultMaxTokens);
  return contextLength === undefined ? wanted : Math.min(wanted, contextLength);
}

function tokensOf(text: string): number {
  return Math.ceil(text.length / charactersPerToken);
}
