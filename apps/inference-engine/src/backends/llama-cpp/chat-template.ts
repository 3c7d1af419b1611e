import { Template } from '@huggingface/jinja';
import { ConfigError } from '@ryzanstein/runtime';
import type { ChatMessage } from '../../domain/prompt.ts';

/** Thrown where a template refuses a conversation, such as one that begins with the assistant. */
export class TemplateRefusal extends Error {
  override readonly name = 'TemplateRefusal';
}

/** Renders a conversation up to where the assistant speaks next. */
export type RenderChat = (messages: readonly ChatMessage[]) => string;

/**
 * The model's own template, or, where the file has none, a plain one:
 * `System: …`, `User: …`, `Assistant: …`, a line for each, ending with `Assistant:`.
 *
 * @throws ConfigError when the model file's template cannot be parsed.
 */
export function createChatTemplate(
  source: string | undefined,
  texts: { readonly bos: string; readonly eos: string },
  path: string,
): RenderChat {
  if (source === undefined) return renderPlain;
  let template: Template;
  try {
    template = new Template(source);
  } catch (error) {
    throw new ConfigError([
      `The model file ${path} has a tokenizer.chat_template that cannot be parsed (${message(error)}); correct it or remove it.`,
    ]);
  }
  return (messages) => {
    try {
      return template.render({
        messages,
        add_generation_prompt: true,
        bos_token: texts.bos,
        eos_token: texts.eos,
      });
    } catch (error) {
      throw new TemplateRefusal(message(error));
    }
  };
}

const speakers = { system: 'System', user: 'User', assistant: 'Assistant' } as const;

function renderPlain(messages: readonly ChatMessage[]): string {
  const lines = messages.map(({ role, content }) => `${speakers[role]}: ${content}\n`);
  return `${lines.join('')}Assistant:`;
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
