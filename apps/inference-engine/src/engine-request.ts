import type { ChatPrompt, GenerateRequest, TokenizeRequest } from '@ryzanstein/contracts/engine';
import { RpcError } from '@ryzanstein/rpc';
import type { ChatMessage, Prompt, Violation } from './domain/prompt.ts';
import type { EngineRequest } from './engine.ts';

const roles: ReadonlySet<string> = new Set(['system', 'user', 'assistant'] satisfies ChatMessage['role'][]);

/** What a Generate asks for. Throws INVALID_ARGUMENT where it is no prompt at all. */
export function readRequest({
  sampling,
  stopping,
  responseFormat,
  ...request
}: GenerateRequest): EngineRequest {
  return {
    prompt: readPrompt(request),
    ...(sampling?.temperature === undefined ? {} : { temperature: sampling.temperature }),
    ...(sampling?.topP === undefined ? {} : { topP: sampling.topP }),
    ...(sampling?.topK === undefined ? {} : { topK: sampling.topK }),
    ...(sampling?.seed === undefined ? {} : { seed: BigInt(sampling.seed) }),
    maxTokens: stopping?.maxTokens ?? 0,
    stop: stopping?.stop ?? [],
    ignoreEos: stopping?.ignoreEos ?? false,
    priority: request.priority,
    ...(responseFormat ? { format: responseFormat } : {}),
  };
}

/** The prompt of a Generate or a Tokenize. Throws INVALID_ARGUMENT where there is none. */
export function readPrompt(
  request: Pick<GenerateRequest, 'text' | 'tokens' | 'chat'> | Pick<TokenizeRequest, 'text' | 'chat'>,
): Prompt {
  if (request.chat) return { kind: 'chat', messages: readMessages(request.chat) };
  if ('tokens' in request && request.tokens) return { kind: 'tokens', ids: request.tokens.ids };
  if (request.text !== undefined) return { kind: 'text', text: request.text };
  throw invalid([{ field: 'prompt', description: 'must be given: a text, a conversation, or token ids' }]);
}

function readMessages({ messages }: ChatPrompt): ChatMessage[] {
  const violations = messages.flatMap(({ role }, index) =>
    roles.has(role)
      ? []
      : [
          {
            field: `chat.messages[${index}].role`,
            description: `is ${JSON.stringify(role.slice(0, 40))}; it must be system, user or assistant`,
          },
        ],
  );
  if (violations.length > 0) throw invalid(violations);
  return messages.map(({ role, content }) => ({ role: role as ChatMessage['role'], content }));
}

/** INVALID_ARGUMENT that names every field at fault. */
export function invalid(violations: readonly Violation[]): RpcError {
  const sentences = violations.map(({ field, description }) => `${field} ${description}`);
  return new RpcError('INVALID_ARGUMENT', `${sentences.join('; ')}.`, { violations });
}
