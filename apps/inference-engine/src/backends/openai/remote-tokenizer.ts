import type { Prompt } from '../../domain/prompt.ts';
import type { TokenCount } from '../backend.ts';
import { fieldsOf } from './answer-piece.ts';
import { CallFailure } from './call-failure.ts';
import type { Dialect } from './dialect.ts';
import type { RemoteApi } from './remote-api.ts';

const server = 'the server that runs the model';

/** Asks a server for the tokens of prompts, where it has a way to. */
export function createRemoteTokenizer(
  api: RemoteApi,
  model: string,
  { tokenizer }: Dialect,
): (prompt: Prompt, signal: AbortSignal) => Promise<TokenCount> {
  const ask = async (path: string, body: object, signal: AbortSignal): Promise<TokenCount> => {
    const { tokens } = fieldsOf(await api.postJson(path, body, { signal }));
    if (Array.isArray(tokens) && tokens.every((id) => Number.isSafeInteger(id)))
      return { kind: 'tokens', ids: tokens as number[] };
    return notOffered(`${server} answers ${path.slice(1)} without token ids`);
  };

  const count = async (prompt: Prompt, signal: AbortSignal): Promise<TokenCount> => {
    if (prompt.kind === 'tokens') return { kind: 'tokens', ids: prompt.ids };
    const chat = prompt.kind === 'chat';
    switch (tokenizer) {
      case 'vllm':
        return ask(
          '//tokenize',
          chat
            ? { model, messages: prompt.messages, add_generation_prompt: true }
            : { model, prompt: prompt.text },
          signal,
        );
      case 'llama-server': {
        if (!chat) return ask('//tokenize', { content: prompt.text, add_special: true }, signal);
        const { messages } = prompt;
        const rendered = fieldsOf(await api.postJson('//apply-template', { messages }, { signal }))['prompt'];
        if (typeof rendered !== 'string') return notOffered(`${server} does not render conversations`);
        return ask('//tokenize', { content: rendered, add_special: true, parse_special: true }, signal);
      }
      case 'llama-cpp-python':
        if (!chat) return ask('//extras/tokenize', { model, input: prompt.text }, signal);
        return notOffered(`${server} counts the tokens of texts, not of conversations`);
      case undefined:
        return notOffered(`${server} has no way to count tokens`);
    }
  };

  return async (prompt, signal) => {
    try {
      return await count(prompt, signal);
    } catch (reason) {
      if (!(reason instanceof CallFailure)) throw reason;
      if (reason.error.code === 'UNIMPLEMENTED') return notOffered(`${server} has no way to count tokens`);
      throw reason.error;
    }
  };
}

function notOffered(reason: string): TokenCount {
  return { kind: 'not_offered', reason };
}
