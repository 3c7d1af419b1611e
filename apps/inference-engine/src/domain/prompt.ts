/** One turn of a conversation. */
export interface ChatMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

/** What a sequence starts from. */
export type Prompt =
  /** Plain text; nothing in it is read as a control token. */
  | { readonly kind: 'text'; readonly text: string }
  /** Ready token ids. */
  | { readonly kind: 'tokens'; readonly ids: readonly number[] }
  /** Rendered with the model's chat template. */
  | { readonly kind: 'chat'; readonly messages: readonly ChatMessage[] };

/** A field of a request that cannot be accepted, named as in the wire contract. */
export interface Violation {
  readonly field: string;
  readonly description: string;
}
