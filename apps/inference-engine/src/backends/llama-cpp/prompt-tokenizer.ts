import type { LlamaModel, Token } from 'node-llama-cpp';
import type { Prompt } from '../../domain/prompt.ts';
import type { Tokenized } from '../backend.ts';
import { createChatTemplate, TemplateRefusal } from './chat-template.ts';
import { createFencing } from './fence.ts';
import type { ModelFile } from './model-file.ts';
import type { Vocabulary } from './vocabulary.ts';

/** Turns prompts into token ids by the model's rules. */
export function createPromptTokenizer(
  model: LlamaModel,
  file: ModelFile,
  vocabulary: Vocabulary,
  contextTokens: number,
): (prompt: Prompt) => Tokenized {
  const render = createChatTemplate(
    file.chatTemplate,
    { bos: model.tokens.bosString ?? '', eos: model.tokens.eosString ?? '' },
    file.path,
  );
  const fenceFor = createFencing(vocabulary.controlTexts);
  const bos = model.tokens.shouldPrependBosToken ? model.tokens.bos : null;
  const withBos = (ids: Token[]): readonly number[] => (bos === null || ids[0] === bos ? ids : [bos, ...ids]);

  // Tokenising is synchronous: a text that cannot fit is refused before it costs anything.
  const tooLong = (field: string, texts: readonly string[]): Tokenized | undefined => {
    const characters = texts.reduce((sum, text) => sum + text.length, 0);
    const atLeast = Math.ceil(characters / vocabulary.longestToken);
    if (atLeast <= contextTokens) return undefined;
    return refused(field, `has at least ${atLeast} tokens; the context has ${contextTokens}`);
  };

  return (prompt) => {
    switch (prompt.kind) {
      case 'tokens':
        return fromIds(prompt.ids, vocabulary.size);
      case 'text':
        if (prompt.text === '') return refused('text', 'must not be empty');
        return tooLong('text', [prompt.text]) ?? tokens(withBos(model.tokenize(prompt.text, false)));
      case 'chat': {
        const contents = prompt.messages.map(({ content }) => content);
        if (contents.length === 0) return refused('chat.messages', 'must not be empty');
        const over = tooLong('chat.messages', contents);
        if (over !== undefined) return over;
        const fence = fenceFor(contents);
        let rendered: string;
        try {
          rendered = render(
            prompt.messages.map(({ role, content }) => ({ role, content: fence.guard(content) })),
          );
        } catch (error) {
          if (error instanceof TemplateRefusal)
            return refused('chat.messages', `are refused by the model's chat template: ${error.message}`);
          throw error;
        }
        const ids = fence
          .cut(rendered)
          .flatMap((piece, index) =>
            model.tokenize(piece, true, index === 0 ? undefined : 'trimLeadingSpace'),
          );
        return tokens(withBos(ids));
      }
    }
  };
}

function fromIds(ids: readonly number[], vocabularySize: number): Tokenized {
  if (ids.length === 0) return refused('tokens.ids', 'must not be empty');
  const index = ids.findIndex((id) => !(Number.isInteger(id) && id >= 0 && id < vocabularySize));
  if (index < 0) return tokens(ids);
  return refused(
    `tokens.ids[${index}]`,
    `is ${ids[index]}; token ids of this model are 0 to ${vocabularySize - 1}`,
  );
}

function tokens(ids: readonly number[]): Tokenized {
  return ids.length > 0 ? { kind: 'tokens', ids } : refused('prompt', 'has no tokens');
}

function refused(field: string, description: string): Tokenized {
  return { kind: 'refused', violation: { field, description } };
}
