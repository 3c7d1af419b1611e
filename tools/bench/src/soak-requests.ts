import { llmService } from '@ryzanstein/contracts';
import type { Usage } from '@ryzanstein/contracts/api';
import { createRpcClient, RpcError, type RpcClient } from '@ryzanstein/rpc';
import { randomBytes } from 'node:crypto';
import { median } from './figures.ts';
import { storyPrompts } from './workload.ts';

/** How a request ended. */
export interface SoakEnded {
  /** What it asked for; the same question has one right text. */
  readonly question: string;
  /** What came of it, before it ended. */
  readonly text: string;
  /** OK, a gRPC code, or `CANCELLED (as asked)`. */
  readonly code: string;
  readonly traceId: string;
  readonly callerSpanId: string;
  /** Of a whole answer. */
  readonly usage?: Usage;
}

interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

interface Question {
  readonly name: string;
  readonly messages: readonly ChatMessage[];
  readonly maxTokens: number;
}

const turns = [
  ['What is 2 plus 3?', '2 plus 3 is 5.'],
  ['What is a span?', 'A span is one timed step of a request, with a name, a start, an end and attributes.'],
  ['Hello!', 'Hello! Ask me about this mesh, or for a small sum, a story or some JSON.'],
  ['What is 4 plus 4?', '4 plus 4 is 8.'],
  [
    'What does the gpu-coordinator do?',
    'The gpu-coordinator decides which request may use which device, and for how long.',
  ],
  ['Count from 1 to 9.', '1, 2, 3, 4, 5, 6, 7, 8, 9.'],
] as const;

/** A conversation of so many turns before a last question; no two begin alike. About 30 tokens a turn. */
function conversation(length: number, last: string): readonly ChatMessage[] {
  const before = Array.from({ length }, (_, index) => turns[(index + length) % turns.length]!);
  return [
    ...before.flatMap(([question, answer]) => [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ]),
    { role: 'user', content: last },
  ];
}

const questions: readonly Question[] = [
  ...[...storyPrompts.slice(0, 5), ...turns.map(([question]) => question)].map((content) => ({
    about: content,
    messages: [{ role: 'user', content }],
  })),
  // Long enough to be read beside the steps of others.
  ...[5, 7, 8, 12].map((length) => ({
    about: `What is 7 plus 5? after ${length} turns`,
    messages: conversation(length, 'What is 7 plus 5?'),
  })),
].flatMap(({ about, messages }) =>
  [4, 24, 80].map((maxTokens) => ({ name: `${about} (${maxTokens})`, messages, maxTokens })),
);

const streams = 20;
const cancelEvery = 5;
const unaryEvery = 4;
const timeoutMs = 60_000;
const usualMsAtFirst = 300;
// A mesh that answers slower than this is not waited for.
const beginsWithin = (requests: number): number => 60_000 + requests * 500;

type Client = RpcClient<typeof llmService>;

/** How many tokens the mesh counts in each question, with the chat template. */
export async function tokensOfQuestions(address: string): Promise<Map<string, number>> {
  const client = createRpcClient(llmService, address);
  try {
    const counts = new Map<string, number>();
    for (const { name, messages } of questions) {
      const { tokens } = await client.CountTokens({ chat: { messages: [...messages] } });
      counts.set(name, tokens);
    }
    return counts;
  } finally {
    client.close();
  }
}

/** The text of each question, asked for one after the other on an idle mesh. */
export async function textsAlone(address: string): Promise<Map<string, string>> {
  const client = createRpcClient(llmService, address);
  try {
    const texts = new Map<string, string>();
    for (const question of questions) {
      const { text, code } = await ask(client, question);
      if (code !== 'OK') throw new Error(`alone, ${question.name} ended with ${code}`);
      texts.set(question.name, text);
    }
    return texts;
  } finally {
    client.close();
  }
}

/**
 * Asks the questions again and again, a fourth of them not as streams, and cancels a fifth at random
 * moments; `onDone` is told how many
 * have ended. Fewer than `requests` where the mesh takes too long.
 */
export async function runSoak(
  address: string,
  requests: number,
  onDone: (count: number) => Promise<void> = async () => {},
): Promise<SoakEnded[]> {
  const client = createRpcClient(llmService, address);
  const ended: SoakEnded[] = [];
  const durations: number[] = [];
  const during: Promise<void>[] = [];
  const endMs = performance.now() + beginsWithin(requests);
  let begun = 0;
  const stream = async (): Promise<void> => {
    while (begun < requests && performance.now() < endMs) {
      const question = questions[(begun * 7) % questions.length];
      const cancelled = begun % cancelEvery === cancelEvery - 1;
      const unary = begun % unaryEvery === unaryEvery - 1;
      begun += 1;
      if (question === undefined) return;
      const usualMs = durations.length === 0 ? usualMsAtFirst : median(durations.slice(-50));
      const startMs = performance.now();
      const cancelAfterMs = cancelled ? Math.random() * usualMs : undefined;
      const result = await ask(client, question, { unary, cancelAfterMs });
      if (result.code === 'OK') durations.push(performance.now() - startMs);
      ended.push(result);
      const told = onDone(ended.length);
      // Awaited at the end; a failure until then is not one that nobody handles.
      told.catch(() => {});
      during.push(told);
    }
  };
  try {
    await Promise.all(Array.from({ length: streams }, stream));
    await Promise.all(during);
    return ended;
  } finally {
    client.close();
  }
}

async function ask(
  client: Client,
  { name, messages, maxTokens }: Question,
  { unary = false, cancelAfterMs }: { unary?: boolean; cancelAfterMs?: number | undefined } = {},
): Promise<SoakEnded> {
  const traceId = randomBytes(16).toString('hex');
  const callerSpanId = randomBytes(8).toString('hex');
  const cancel = new AbortController();
  const timer = cancelAfterMs === undefined ? undefined : setTimeout(() => cancel.abort(), cancelAfterMs);
  const ids = { question: name, traceId, callerSpanId };
  const request = { messages: [...messages], maxTokens, temperature: 0 };
  const metadata = { traceparent: `00-${traceId}-${callerSpanId}-01` };
  const options = { timeoutMs, signal: cancel.signal, metadata };
  let text = '';
  let usage: Usage | null = null;
  try {
    if (unary) {
      const answer = await client.Chat(request, options);
      text = answer.message?.content ?? '';
      ({ usage } = answer);
    } else {
      for await (const chunk of client.ChatStream(request, options)) {
        text += chunk.delta?.content ?? '';
        ({ usage } = chunk);
      }
    }
    return { ...ids, text, code: 'OK', ...(usage === null ? {} : { usage }) };
  } catch (error) {
    const { code } = RpcError.from(error);
    return {
      ...ids,
      text,
      code: cancel.signal.aborted && code === 'CANCELLED' ? 'CANCELLED (as asked)' : code,
    };
  } finally {
    clearTimeout(timer);
  }
}

/** `780 OK, 200 CANCELLED (as asked), 20 UNAVAILABLE`. */
export function countedByCode(ended: readonly SoakEnded[]): string {
  const counts = new Map<string, number>();
  for (const { code } of ended) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].map(([code, count]) => `${count} ${code}`).join(', ');
}
