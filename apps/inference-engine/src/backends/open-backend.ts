import { readFileSync } from 'node:fs';
import { ConfigError, systemClock, type Logger } from '@ryzanstein/runtime';
import type { Config } from '../config.ts';
import type { Backend } from './backend.ts';
import { openLlamaCppBackend } from './llama-cpp/llama-cpp-backend.ts';
import { openOpenAiBackend } from './openai/openai-backend.ts';

/** What a backend is opened with. */
export interface Surroundings {
  /** The model that comes with the engine. */
  readonly bundledModel: string;
  readonly logger: Logger;
  /** Ends the wait for a server that is not there yet. */
  readonly stopping: AbortSignal;
}

/** The backend that the environment asks for. */
export async function openBackend(
  config: Config,
  { bundledModel, logger, stopping }: Surroundings,
): Promise<Backend> {
  const named = config.modelName === undefined ? {} : { modelName: config.modelName };
  if (config.backend === 'openai') return openRemote(config, named, logger, stopping);
  const backend = await openLlamaCppBackend({
    ...config,
    ...named,
    modelPath: config.modelPath ?? bundledModel,
    gpu: config.gpu === 'auto' ? 'auto' : false,
    delaysMs: config.injectDelay,
    clock: systemClock,
    logger,
  });
  const { model, device, threads, prefillThreads, probedStepMs } = backend;
  logger.info({ model, device, threads, prefillThreads, probedStepMs }, 'model loaded');
  return backend;
}

async function openRemote(
  {
    openaiUrl: url = '',
    openaiModel,
    openaiApiKeyFile,
    slots,
    contextTokens,
    maxQueue,
    maxUnreadTokens,
  }: Config,
  named: { readonly modelName?: string },
  logger: Logger,
  signal: AbortSignal,
): Promise<Backend> {
  const backend = await openOpenAiBackend({
    ...named,
    ...(openaiModel === undefined ? {} : { model: openaiModel }),
    ...(openaiApiKeyFile === undefined ? {} : { apiKey: keyReader(openaiApiKeyFile) }),
    url,
    slots,
    contextTokens,
    maxQueue,
    maxUnreadTokens,
    signal,
    clock: systemClock,
    logger,
  });
  const { model, device } = backend;
  logger.info({ model, device }, 'model found at the server that runs it');
  return backend;
}

/** Reads the key anew for each call, so that it may be replaced; while it cannot be read, the last one holds. */
function keyReader(path: string): () => string {
  let key = readKey(path);
  return () => {
    try {
      key = readKey(path);
    } catch {
      // It is about to be replaced.
    }
    return key;
  };
}

function readKey(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    throw new ConfigError([
      `RYZ_OPENAI_API_KEY_FILE=${path} cannot be read; name a file that holds the key.`,
    ]);
  }
}
