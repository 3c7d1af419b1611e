import { RpcError } from '@ryzanstein/rpc';
import { silentLogger } from '@ryzanstein/runtime';
import type { Backend } from '../src/backends/backend.ts';
import { openOpenAiBackend, type OpenAiOptions } from '../src/backends/openai/openai-backend.ts';
import type { GenerationRecord } from '../src/domain/generation.ts';
import { createEngine, type Engine, type EngineRequest } from '../src/engine.ts';
import {
  json,
  startScriptedOpenAiServer,
  type Answer,
  type ScriptedOpenAiServer,
} from '../src/testing/scripted-openai-server.ts';

/** A backend, its engine and the scripted server that they ask. */
export interface OpenAiUnderTest {
  server: ScriptedOpenAiServer;
  backend: Backend;
  engine: Engine;
}

/** What is under test now; closed after each test. */
export const under = {} as OpenAiUnderTest;

/** Options for the server under test: short queues, and no jitter. */
export const options = (over: Partial<OpenAiOptions> = {}): OpenAiOptions => ({
  url: under.server.url,
  slots: 2,
  contextTokens: 64,
  maxQueue: 1,
  maxUnreadTokens: 8,
  logger: silentLogger,
  random: () => 0,
  ...over,
});

/** Starts a server with these pages, and opens a backend on it. */
export async function open(
  pages: Readonly<Record<string, Answer>> = {},
  over: Partial<OpenAiOptions> = {},
): Promise<void> {
  under.server = await startScriptedOpenAiServer({ pages });
  under.backend = await openOpenAiBackend(options(over));
  under.engine = createEngine(under.backend);
}

afterEach(async () => {
  await under.backend.close(new Error('closed'));
  await under.server.close();
});

/** How a request went, whichever way. */
export async function run(
  request: EngineRequest,
): Promise<{ text: string; error?: RpcError; record: GenerationRecord }> {
  const records: GenerationRecord[] = [];
  const answer = under.engine.submit({ ...request, onEnd: (record) => void records.push(record) });
  if (answer.kind !== 'running') throw new Error(JSON.stringify(answer));
  let text = '';
  let error: RpcError | undefined;
  try {
    for await (const one of answer.generation) if (one.type === 'delta') text += one.text;
  } catch (reason) {
    error = RpcError.from(reason);
  }
  const [record] = records;
  if (record === undefined || records.length > 1) throw new Error(`told ${records.length} times`);
  return { text, record, ...(error === undefined ? {} : { error }) };
}

/** A list of one model with these fields. */
export const model = (fields: object): Record<string, Answer> => ({
  '/v1/models': json(200, { data: [{ id: 'm', ...fields }] }),
});
