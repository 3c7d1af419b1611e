import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock, type Clock, type Logger } from '@ryzanstein/runtime';
import type { Prompt } from '../../domain/prompt.ts';
import type { Backend, Preparation } from '../backend.ts';
import { CallFailure } from './call-failure.ts';
import { createRemoteApi } from './remote-api.ts';
import { RemoteEmbedder } from './remote-embedder.ts';
import { watchHealth } from './remote-health.ts';
import { RemoteLine } from './remote-line.ts';
import { readModel, type RemoteModel } from './remote-model.ts';
import { createRemoteTokenizer } from './remote-tokenizer.ts';
import { serveSequence } from './serve-sequence.ts';

/** How `openOpenAiBackend` finds and uses a server. */
export interface OpenAiOptions {
  /** The base of its API, such as `http://127.0.0.1:8000/v1`. */
  readonly url: string;
  /** Read for each call; empty for none. Default: none. */
  readonly apiKey?: () => string;
  /** The server's name of the model. Default: its only one. */
  readonly model?: string;
  /** Name to serve it under. Default: the server's. */
  readonly modelName?: string;
  /** Sequences that the server runs for this engine at once. */
  readonly slots: number;
  /** Tokens of one sequence where the server does not say. */
  readonly contextTokens: number;
  readonly maxQueue: number;
  readonly maxUnreadTokens: number;
  /** Ends the wait for a server that is not there yet. */
  readonly signal?: AbortSignal;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** 0 to 1; the jitter of pauses. */
  readonly random?: () => number;
}

const firstWaitMs = 250;
const longestWaitMs = 5_000;

/**
 * A model that another server runs, by OpenAI's HTTP API. Waits for a server that is not there yet.
 *
 * @throws ConfigError where the server is none, wants another key, or has no such model
 */
export async function openOpenAiBackend(options: OpenAiOptions): Promise<Backend> {
  const { clock = systemClock, logger, random = Math.random, slots } = options;
  const outside = AsyncLocalStorage.snapshot();
  const api = createRemoteApi({ url: options.url, apiKey: options.apiKey ?? (() => '') });
  const found = await waitForModel(options, api);
  const { name, dialect, contextTokens } = found;
  const isBusy = (): boolean => line.load.active > 0;
  const health = watchHealth({ api, model: name, isBusy, clock, logger });
  const onFailure = (failure: CallFailure): void => {
    if (failure.unreachable) health.suspect();
  };
  const habits = { includeUsage: true, maxTokens: 'max_tokens' as const };
  const serving = { api, model: name, dialect, habits, clock, random, onFailure };
  const nowMs = (): number => clock.monotonicMs();
  const line = new RemoteLine({
    slots,
    maxQueue: options.maxQueue,
    maxUnreadTokens: options.maxUnreadTokens,
    nowMs,
    serve: (sequence) => outside(() => serveSequence(sequence, serving)),
  });
  const embedder = new RemoteEmbedder({
    api,
    model: name,
    most: slots + options.maxQueue,
    clock,
    random,
    outside,
    onFailure,
  });
  const closing = new AbortController();
  const tokenize = createRemoteTokenizer(api, name, dialect);
  return {
    provider: dialect.provider,
    model: {
      name: options.modelName ?? name,
      architecture: '',
      quantization: '',
      parameters: 0,
      contextTokens: contextTokens ?? options.contextTokens,
      vocabulary: 0,
      fileBytes: 0,
    },
    device: { id: 'remote-0', kind: 'remote', name: api.server },
    remote: { address: api.address, port: api.port },
    promises: { sameText: false, ignoresEos: dialect.ignoreEos },
    slots,
    get load() {
      const { active, ...counts } = line.load;
      return { ...counts, active: active + embedder.active, memoryUsedBytes: 0, memoryTotalBytes: 0 };
    },
    get live() {
      return health.live;
    },
    onLiveChange: (listener) => void (health.onChange = listener),
    prepare: (prompt, wantedTokens) => prepare(prompt, wantedTokens, contextTokens, line),
    tokenize: (prompt, signal) => outside(() => tokenize(prompt, AbortSignal.any([signal, closing.signal]))),
    get embeddings() {
      return embedder.dimensions === undefined ? {} : { dimensions: embedder.dimensions };
    },
    async prepareTexts(texts, signal) {
      signal.throwIfAborted();
      return { kind: 'ready', submit: (terms) => embedder.submit(texts, terms) };
    },
    async close(reason) {
      closing.abort(reason);
      await Promise.all([line.close(reason), embedder.close(reason), health.close()]);
    },
  };
}

/** Everything but what only the server knows: the length of the prompt. */
function prepare(
  prompt: Prompt,
  wantedTokens: number,
  contextTokens: number | undefined,
  line: RemoteLine,
): Preparation {
  if (prompt.kind === 'tokens')
    return refused(
      'tokens',
      'are those of a tokenizer that this engine does not have; give a text or messages',
    );
  if (prompt.kind === 'text' && prompt.text === '') return refused('text', 'must not be empty');
  if (prompt.kind === 'chat' && prompt.messages.length === 0)
    return refused('chat.messages', 'must not be empty');
  if (contextTokens !== undefined && wantedTokens >= contextTokens)
    return refused(
      'stopping.max_tokens',
      `is ${wantedTokens}; the context has ${contextTokens} tokens, of which the prompt takes some`,
    );
  return {
    kind: 'ready',
    maxTokens: wantedTokens === 0 ? undefined : wantedTokens,
    submit: (terms) => line.submit(prompt, terms),
  };
}

function refused(field: string, description: string): Preparation {
  return { kind: 'refused', violation: { field, description } };
}

/** Asks until the server answers: models take minutes to load. */
async function waitForModel(
  { model, logger, signal = new AbortController().signal }: OpenAiOptions,
  api: ReturnType<typeof createRemoteApi>,
): Promise<RemoteModel> {
  for (let waitMs = firstWaitMs, told = false; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
    try {
      return await readModel(api, model, { signal });
    } catch (reason) {
      if (!(reason instanceof CallFailure) || !reason.mayPass) throw reason;
      if (!told)
        logger.info({ server: api.server }, `waits for the server that runs the model: ${reason.message}`);
      told = true;
      await sleep(waitMs, undefined, { signal });
    }
  }
}
