import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  getLlama,
  LlamaLogLevel,
  resolveChatWrapper,
  type ChatHistoryItem,
  type LlamaContextSequence,
  type LlamaModel,
  type Token,
} from 'node-llama-cpp';

/**
 * Runs a model file against the trainer's fixtures and prints what it found as one JSON line.
 * A process of its own, because native code and a test runner's module registry do not mix.
 */
const [modelPath, fixtures] = process.argv.slice(2);
if (modelPath === undefined || fixtures === undefined)
  throw new Error('usage: model-check-main.ts <model> <fixtures>');

const LONGEST_ANSWER = 120;

function fixture<T>(name: string): T {
  return JSON.parse(readFileSync(join(fixtures ?? '', name), 'utf8')) as T;
}

function tokenMismatches(model: LlamaModel): string[] {
  const cases = fixture<[text: string, ids: number[]][]>('token-ids.json');
  return cases
    .filter(([text, ids]) => model.tokenize(text, false).join() !== ids.join())
    .map(([text]) => text);
}

async function logitErrors(
  sequence: LlamaContextSequence,
): Promise<{ relativeRms: number; sameArgmax: boolean }[]> {
  const found = [];
  for (const { ids, logits } of fixture<{ ids: Token[]; logits: number[] }[]>('last-logits.json')) {
    await sequence.clearHistory();
    const last = ids.length - 1;
    const results = await sequence.controlledEvaluate([
      ...ids.slice(0, last),
      [ids[last] as Token, { generateNext: { logits: true } }],
    ]);
    const computed = results[last]?.next.logits;
    const actual = logits.map((_, id) => computed?.get(id as Token) ?? NaN);
    const difference = rms(actual.map((value, id) => value - (logits[id] ?? 0)));
    found.push({ relativeRms: difference / rms(logits), sameArgmax: argmax(actual) === argmax(logits) });
  }
  return found;
}

async function answer(model: LlamaModel, sequence: LlamaContextSequence, question: string): Promise<string> {
  await sequence.clearHistory();
  const prompt = [
    ...model.tokenize('<|user|>', true),
    ...model.tokenize(question, false),
    ...model.tokenize('<|end|><|assistant|>', true),
  ];
  const tokens: Token[] = [];
  for await (const token of sequence.evaluate(prompt, { temperature: 0 })) {
    tokens.push(token);
    if (tokens.length === LONGEST_ANSWER) break;
  }
  return model.detokenize(tokens);
}

/** The chat template as node-llama-cpp's own Jinja renders it. */
function rendered(model: LlamaModel): string {
  const chatHistory: ChatHistoryItem[] = [
    { type: 'system', text: 'Be brief.' },
    { type: 'user', text: 'hi' },
    { type: 'model', response: ['Hello!'] },
    { type: 'user', text: 'bye' },
    { type: 'model', response: [] },
  ];
  return resolveChatWrapper(model).generateContextState({ chatHistory }).contextText.toString();
}

function rms(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

function argmax(values: readonly number[]): number {
  return values.indexOf(Math.max(...values));
}

const llama = await getLlama({ gpu: false, build: 'never', maxThreads: 1, logLevel: LlamaLogLevel.error });
const model = await llama.loadModel({ modelPath });
const context = await model.createContext({ contextSize: 512, threads: 1 });
const sequence = context.getSequence();
const answers: string[] = [];
for (const { question } of fixture<{ question: string }[]>('questions.json')) {
  answers.push(await answer(model, sequence, question));
}
const result = {
  type: model.typeDescription,
  rendered: rendered(model),
  tokenMismatches: tokenMismatches(model),
  logits: await logitErrors(sequence),
  answers,
};
await sequence.dispose();
await context.dispose();
await model.dispose();
await llama.dispose();
process.stdout.write(`${JSON.stringify(result)}\n`);
