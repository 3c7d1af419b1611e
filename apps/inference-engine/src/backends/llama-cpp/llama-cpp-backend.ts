import { AsyncLocalStorage } from 'node:async_hooks';
import { availableParallelism, cpus } from 'node:os';
import { RpcError } from '@ryzanstein/rpc';
import { systemClock, type Clock, type Logger } from '@ryzanstein/runtime';
import type { Llama, LlamaContext, LlamaModel } from 'node-llama-cpp';
import { mostViolations } from '../../domain/embedding.ts';
import { EmbeddingLine } from '../../domain/embedding-line.ts';
import { Scheduler } from '../../domain/scheduler.ts';
import type { SchedulerOptions } from '../../domain/scheduler-contract.ts';
import { allotTokens } from '../../domain/generation-limits.ts';
import type { StepCosts } from '../../domain/prompt-share.ts';
import type { Backend, BackendDevice, BackendModel, Tokenizer } from '../backend.ts';
import { Grammars } from './grammars.ts';
import { embeddingFrame, openLlamaEmbedder } from './llama-embedder.ts';
import { createLlamaLog, type LlamaLog } from './llama-log.ts';
import type { ReadingPlace } from './llama-prompt-reader.ts';
import { LlamaRunner } from './llama-runner.ts';
import { readModelFile, type ModelFile } from './model-file.ts';
import { createPromptTokenizer } from './prompt-tokenizer.ts';
import { openStateFile } from './state-file.ts';
import { probeSteps } from './step-probe.ts';
import { readTexts } from './texts-to-embed.ts';
import { anyToken, probeThreads } from './thread-probe.ts';
import { createVocabulary } from './vocabulary.ts';

/** How `openLlamaCppBackend` opens a model. */
export interface LlamaCppOptions extends SchedulerOptions {
  readonly modelPath: string;
  /** Name to serve it under. Default: the file's own. */
  readonly modelName?: string;
  /** Sequences that run at once; each has its own part of the context memory. */
  readonly slots: number;
  /** Tokens of one sequence; cut to what the model was trained for. */
  readonly contextTokens: number;
  /** 0: found by a probe of less than a second. */
  readonly threads: number;
  /**
   * Threads that read long prompts beside the steps, in a context that takes as much memory again;
   * 0: none are. Default: the processors that `threads` leaves, where that is worth it.
   */
  readonly prefillThreads?: number | undefined;
  /** Where the file is made through which a prompt's state passes. Default: `TMPDIR`. */
  readonly stateDirectory?: string;
  readonly gpu: false | 'auto';
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** A backend in this process, and how it was set up. */
export interface LlamaCppBackend extends Backend {
  readonly tokenizer: Tokenizer;
  readonly threads: number;
  /** Threads that read long prompts beside the steps; 0 where they are read in them. */
  readonly prefillThreads: number;
  /** Time of a step of one sequence, as the probe found it; absent where `threads` was given. */
  readonly probedStepMs?: number;
}

// A native dispose waits for running work; one that hangs must not keep the process from ending.
const disposeMs = 2_000;

/**
 * Loads a GGUF model with llama.cpp.
 *
 * @throws ConfigError where the file is not a model that can be loaded; Error, with llama.cpp's own
 * words, where loading fails.
 */
export async function openLlamaCppBackend(options: LlamaCppOptions): Promise<LlamaCppBackend> {
  const file = readModelFile(options.modelPath);
  const log = createLlamaLog(options.logger);
  // Imported here because its import starts the thread pool, whose size is set before.
  const { getLlama, LlamaGrammarEvaluationState, LlamaLogLevel, LlamaVocabularyType } =
    await import('node-llama-cpp');
  const processors = availableParallelism();
  const llama = await log.explain('Loading llama.cpp', () =>
    getLlama({
      gpu: options.gpu,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      maxThreads: Math.max(options.threads, processors),
      logLevel: LlamaLogLevel.warn,
      logger: (level, message) => log.write(level, message),
    }),
  );
  const disposables: Disposable[] = [llama];
  try {
    const model = await log.explain(`Loading the model file ${file.path}`, () =>
      llama.loadModel({ modelPath: file.path }),
    );
    disposables.unshift(model);
    const probe =
      options.threads > 0
        ? { threads: options.threads }
        : await log.explain('Probing the thread count', () =>
            probeThreads(model, Math.max(1, processors - 1)),
          );
    const contextTokens = Math.min(options.contextTokens, file.contextLength);
    const context = await log.explain(
      `Making a context of ${options.slots} × ${contextTokens} tokens`,
      () =>
        model.createContext({
          contextSize: contextTokens,
          sequences: options.slots,
          batchSize: Math.max(options.batchTokens, options.slots + 1),
          threads: probe.threads,
          failedCreationRemedy: false,
        }),
      'Set RYZ_SLOTS or RYZ_CONTEXT_TOKENS lower, or give the engine more memory.',
    );
    disposables.unshift(context);
    const stepCosts = await log.explain('Timing steps', () =>
      probeSteps(context, anyToken(model), options.chunkTokens),
    );
    const prefillThreads = options.prefillThreads ?? spareThreads(probe.threads, processors, llama.gpu);
    const reading =
      prefillThreads === 0
        ? undefined
        : await openReadingPlace(model, { ...options, contextTokens, prefillThreads }, log, disposables);
    const gpuNames = llama.gpu === false ? [] : await llama.getGpuDeviceNames();
    const grammars = new Grammars(llama, model, LlamaGrammarEvaluationState);
    const frame = embeddingFrame(model, LlamaVocabularyType);
    const parts = { llama, log, model, context, reading, stepCosts, grammars, frame, gpuNames, disposables };
    const opened = { contextTokens, prefillThreads: reading === undefined ? 0 : prefillThreads };
    return assemble(file, parts, { ...options, ...opened, ...probe });
  } catch (error) {
    await disposeAll(disposables);
    throw error;
  }
}

interface Disposable {
  dispose(): Promise<void>;
}

/**
 * As many as the steps have, or as there are left. Threads beyond the processors would make every
 * step wait for the operating system, and far fewer than the steps have would read more slowly than
 * these do between decodes; a GPU does both at once.
 */
function spareThreads(threads: number, processors: number, gpu: Llama['gpu']): number {
  const left = Math.max(0, processors - threads);
  return gpu === false && left * 2 >= threads ? Math.min(left, threads) : 0;
}

/** Without it the engine does its work, only with longer waits; so nothing here keeps it from starting. */
async function openReadingPlace(
  model: LlamaModel,
  {
    contextTokens,
    slots,
    chunkTokens,
    prefillThreads,
    stateDirectory,
    logger,
  }: LlamaCppOptions & { readonly prefillThreads: number },
  log: LlamaLog,
  disposables: Disposable[],
): Promise<ReadingPlace | undefined> {
  try {
    const stateFile = await openStateFile(stateDirectory);
    disposables.unshift({ dispose: () => stateFile.close() });
    const context = await log.explain(`Making a second context of ${slots} × ${contextTokens} tokens`, () =>
      model.createContext({
        contextSize: contextTokens,
        sequences: slots,
        batchSize: Math.max(chunkTokens, slots + 1),
        threads: prefillThreads,
        failedCreationRemedy: false,
      }),
    );
    disposables.unshift(context);
    return { context, stateFile };
  } catch (error) {
    logger.warn({ err: error }, 'prompts cannot be read beside the steps');
    return undefined;
  }
}

interface NativeParts {
  readonly llama: Llama;
  readonly log: LlamaLog;
  readonly model: LlamaModel;
  readonly context: LlamaContext;
  readonly reading: ReadingPlace | undefined;
  readonly stepCosts: StepCosts | undefined;
  readonly grammars: Grammars;
  readonly frame: ReturnType<typeof embeddingFrame>;
  readonly gpuNames: readonly string[];
  /** Innermost first. Held for the life of the backend: a context that is collected undisposed hangs the model's dispose. */
  readonly disposables: Disposable[];
}

function assemble(
  file: ModelFile,
  { llama, log, model, context, reading, stepCosts, grammars, frame, gpuNames, disposables }: NativeParts,
  options: LlamaCppOptions & { readonly prefillThreads: number; readonly stepMs?: number },
): LlamaCppBackend {
  const vocabulary = createVocabulary(file);
  const scheduler = new Scheduler(
    {
      runner: new LlamaRunner(context, options.slots, grammars, reading),
      clock: options.clock ?? systemClock,
      pieceOf: vocabulary.pieceOf,
      // The library dispatches a step in the next turn; in the one after that it is computing.
      afterDispatch: (deliver) => setImmediate(setImmediate, deliver),
      stepCosts,
      onReaderFailed: (error) =>
        options.logger.warn({ err: error }, 'prompts can no longer be read beside the steps'),
    },
    options,
  );
  const line = new EmbeddingLine({
    async open() {
      const doing = `Making an embedding context of ${options.contextTokens} tokens`;
      try {
        const embedder = await log.explain(doing, () => openLlamaEmbedder(model, options));
        disposables.unshift(embedder);
        return embedder;
      } catch (error) {
        options.logger.warn({ err: error }, 'no embedding context');
        throw noRoomToEmbed();
      }
    },
    clock: options.clock ?? systemClock,
    outside: AsyncLocalStorage.snapshot(),
    maxQueue: options.maxQueue,
  });
  const read = createPromptTokenizer(model, file, vocabulary, options.contextTokens);
  const tokenizer: Tokenizer = {
    read,
    readForEmbedding(text) {
      const tokenized = read({ kind: 'text', text });
      return tokenized.kind === 'refused' ? tokenized : { kind: 'tokens', ids: frame(tokenized.ids) };
    },
    pieceOf: vocabulary.pieceOf,
  };
  // The embedding context takes no text that fills it to its last token.
  const embeddings = { dimensions: model.embeddingVectorSize, maxTokens: options.contextTokens - 1 };
  const memory = deviceMemory(llama);
  return {
    provider: 'llama_cpp',
    model: describeModel(file, options),
    device: describeDevice(llama, gpuNames),
    slots: options.slots,
    threads: options.threads,
    prefillThreads: options.prefillThreads,
    ...(options.stepMs === undefined ? {} : { probedStepMs: options.stepMs }),
    get load() {
      const { active, queued, ...counts } = scheduler.load;
      const embedding = line.load;
      return {
        ...counts,
        active: active + embedding.active,
        queued: queued + embedding.queued,
        ...memory(),
      };
    },
    live: true,
    onLiveChange: () => undefined,
    promises: { sameText: true, ignoresEos: true },
    tokenizer,
    tokenize: async (prompt) => read(prompt),
    prepare(prompt, wantedTokens) {
      const tokenized = read(prompt);
      if (tokenized.kind === 'refused') return tokenized;
      const { ids } = tokenized;
      const allotment = allotTokens(ids.length, wantedTokens, options.contextTokens);
      if (allotment.kind === 'refused') return allotment;
      const { maxTokens } = allotment;
      return {
        kind: 'ready',
        maxTokens,
        submit: (terms) => scheduler.submit({ ...terms, prompt: ids, maxTokens }),
      };
    },
    embeddings,
    async prepareTexts(texts, signal) {
      const limits = { maxTokens: embeddings.maxTokens, mostViolations };
      const reading = await readTexts(texts, tokenizer, limits, signal);
      if (reading.kind === 'refused') return reading;
      return { kind: 'ready', submit: (terms) => line.submit({ ...terms, texts: reading.texts }) };
    },
    async close(reason) {
      await within(Promise.all([scheduler.close(reason), line.close(reason)]));
      await disposeAll(disposables);
    },
  };
}

function describeModel(file: ModelFile, options: LlamaCppOptions): BackendModel {
  return {
    name: options.modelName ?? file.name,
    architecture: file.architecture,
    quantization: file.quantization,
    parameters: file.parameters,
    contextTokens: options.contextTokens,
    vocabulary: file.tokens.length,
    fileBytes: file.fileBytes,
  };
}

function describeDevice(llama: Llama, gpuNames: readonly string[]): BackendDevice {
  if (llama.gpu === false) return { id: 'cpu-0', kind: 'cpu', name: cpus()[0]?.model.trim() || 'CPU' };
  return { id: 'gpu-0', kind: 'gpu', name: gpuNames[0] ?? llama.gpu };
}

/** Device memory as last seen; each look starts the next one, because the library's query is asynchronous. */
function deviceMemory(llama: Llama): () => { memoryUsedBytes: number; memoryTotalBytes: number } {
  let state = { memoryUsedBytes: 0, memoryTotalBytes: 0 };
  if (llama.gpu === false) return () => state;
  const refresh = async (): Promise<void> => {
    const { used, total } = await llama.getVramState();
    state = { memoryUsedBytes: used, memoryTotalBytes: total };
  };
  return () => {
    void refresh().catch(() => undefined);
    return state;
  };
}

/** It is made when the first text comes, when memory may be short; the next request tries again. */
function noRoomToEmbed(): RpcError {
  return new RpcError(
    'RESOURCE_EXHAUSTED',
    'The engine has too little memory for an embedding context. Set RYZ_CONTEXT_TOKENS lower, or give the engine more memory.',
    { retryAfterMs: 1_000 },
  );
}

async function disposeAll(disposables: readonly Disposable[]): Promise<void> {
  for (const disposable of disposables) await within(disposable.dispose());
}

async function within(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, disposeMs);
  });
  // A failure while closing leaves nothing to mend: the process is about to end.
  await Promise.race([work.catch(() => undefined), limit]);
  clearTimeout(timer);
}
