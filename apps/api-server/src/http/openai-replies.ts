import type { Completion, GeneratedText, Rendering, Reply } from '../reply.ts';

const finishReasons: Readonly<Record<string, 'stop' | 'length' | null>> = {
  FINISH_REASON_STOP: 'stop',
  FINISH_REASON_LENGTH: 'length',
};

/** `finish_reason` as OpenAI names it. */
export function finishReasonOf({ finishReason }: Completion): 'stop' | 'length' | null {
  return finishReasons[finishReason] ?? null;
}

/** `usage` as OpenAI names it. */
export function usageOf({ usage }: Completion): object {
  const { promptTokens, completionTokens, cachedPromptTokens } = usage;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedPromptTokens },
  };
}

/** How the replies of one route are written. */
export interface ReplyShape {
  /** The whole reply in one piece. */
  whole(text: GeneratedText, createdS: number): object;
  /** A stream's pieces: each gives the events to send, one or several. */
  pieces(createdS: number, includeUsage: boolean): Rendering<readonly object[]>;
}

function streamOf(
  object: string,
  createdS: number,
  includeUsage: boolean,
  choiceOf: (text: string | undefined, finishReason: string | null) => object,
  opening: (() => object) | undefined,
): Rendering<readonly object[]> {
  // Asked for, `usage` stands in every piece, and says nothing but in the last.
  const noUsage = includeUsage ? { usage: null } : {};
  const piece = ({ id, model }: Reply, choices: readonly object[]): object => ({
    id,
    object,
    created: createdS,
    model,
    choices,
    ...noUsage,
  });
  let opened = opening === undefined;
  const open = (reply: Reply): object[] => {
    if (opened || opening === undefined) return [];
    opened = true;
    return [piece(reply, [opening()])];
  };
  return {
    text: (text, reply) => [...open(reply), piece(reply, [choiceOf(text, null)])],
    end: (completion, reply) => [
      ...open(reply),
      piece(reply, [choiceOf(undefined, finishReasonOf(completion))]),
      ...(includeUsage ? [{ ...piece(reply, []), usage: usageOf(completion) }] : []),
    ],
  };
}

/** `chat.completion` and its chunks. */
export const chatReplies: ReplyShape = {
  whole: ({ reply, text, completion }, createdS) => ({
    id: reply.id,
    object: 'chat.completion',
    created: createdS,
    model: reply.model,
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: text, refusal: null },
        logprobs: null,
        finish_reason: finishReasonOf(completion),
      },
    ],
    usage: usageOf(completion),
  }),
  pieces: (createdS, includeUsage) =>
    streamOf(
      'chat.completion.chunk',
      createdS,
      includeUsage,
      (text, finish_reason) => ({
        index: 0,
        delta: text === undefined ? {} : { content: text },
        logprobs: null,
        finish_reason,
      }),
      () => ({ index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null }),
    ),
};

/** `text_completion`, whole and in pieces. */
export const completionReplies: ReplyShape = {
  whole: ({ reply, text, completion }, createdS) => ({
    id: reply.id,
    object: 'text_completion',
    created: createdS,
    model: reply.model,
    choices: [{ index: 0, text, logprobs: null, finish_reason: finishReasonOf(completion) }],
    usage: usageOf(completion),
  }),
  pieces: (createdS, includeUsage) =>
    streamOf(
      'text_completion',
      createdS,
      includeUsage,
      (text, finish_reason) => ({ index: 0, text: text ?? '', logprobs: null, finish_reason }),
      undefined,
    ),
};
