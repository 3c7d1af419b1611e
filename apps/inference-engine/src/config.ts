import {
  address,
  choice,
  defineConfig,
  durationMs,
  flag,
  injectDelay,
  integer,
  keepaliveMs,
  logLevels,
  path,
  readConfig,
  text,
  tlsProblems,
  tlsVariables,
  url,
  type ConfigValues,
  type Environment,
} from '@ryzanstein/runtime';

/** The environment of the inference engine. */
export const configTable = defineConfig({
  grpcAddress: address('RYZ_GRPC_ADDRESS', {
    default: '127.0.0.1:50053',
    description: 'Where the engine listens; port 0 takes any free one.',
  }),
  advertisedAddress: address('RYZ_ADVERTISED_ADDRESS', {
    optional: true,
    description: 'host:port at which the api-server reaches this engine. Default: where it listens.',
  }),
  coordinatorAddress: address('RYZ_COORDINATOR_ADDRESS', {
    default: '127.0.0.1:50052',
    description: 'Where the gpu-coordinator listens; the engine reports its device there.',
  }),
  requireLease: flag('RYZ_REQUIRE_LEASE', {
    default: true,
    description: 'Refuse requests without a lease. Set false to run the engine without a coordinator.',
  }),
  backend: choice('RYZ_BACKEND', ['llama-cpp', 'openai'], {
    default: 'llama-cpp',
    description:
      'What runs the model: llama.cpp in this process, or another server (vLLM, SGLang, llama-server, …) by its OpenAI API.',
  }),
  openaiUrl: url('RYZ_OPENAI_URL', {
    optional: true,
    description:
      'With RYZ_BACKEND=openai: the base of the API of that server, such as http://127.0.0.1:8000/v1.',
  }),
  openaiModel: text('RYZ_OPENAI_MODEL', {
    optional: true,
    description: "With RYZ_BACKEND=openai: the server's name of the model. Default: its only one.",
  }),
  openaiApiKeyFile: path('RYZ_OPENAI_API_KEY_FILE', {
    optional: true,
    description: 'With RYZ_BACKEND=openai: a file with the key that the server asks for. It may be replaced.',
  }),
  modelPath: path('RYZ_MODEL_PATH', {
    optional: true,
    description: 'GGUF file to serve. Default: the tiny model that comes with the engine.',
  }),
  modelName: text('RYZ_MODEL_NAME', {
    optional: true,
    description:
      "Name to serve the model under. Default: the file's general.name, else the file's name; of another server, its own.",
  }),
  slots: integer('RYZ_SLOTS', {
    default: 8,
    min: 1,
    max: 256,
    unit: 'sequences',
    description:
      'Sequences that run at once. Each takes memory for its whole context; of another server, so many requests are with it at once.',
  }),
  contextTokens: integer('RYZ_CONTEXT_TOKENS', {
    default: 1024,
    min: 16,
    max: 1_048_576,
    unit: 'tokens',
    description:
      'Prompt and completion of one sequence together; cut to what the model was trained for. What another server says of itself holds.',
  }),
  batchTokens: integer('RYZ_BATCH_TOKENS', {
    default: 256,
    min: 1,
    max: 8_192,
    unit: 'tokens',
    description:
      'Prompt tokens in one step over all sequences that are read; steps that decode are apart. Also the size of the work buffers.',
  }),
  chunkTokens: integer('RYZ_CHUNK_TOKENS', {
    default: 64,
    min: 1,
    max: 8_192,
    unit: 'tokens',
    description:
      'Most prompt tokens of one sequence in one step. While others decode, the engine takes fewer, found from the times of its steps.',
  }),
  maxQueue: integer('RYZ_ENGINE_QUEUE', {
    default: 32,
    min: 0,
    max: 10_000,
    unit: 'requests',
    description: 'Requests that may wait for a slot; beyond it RESOURCE_EXHAUSTED with a retry hint.',
  }),
  maxUnreadTokens: integer('RYZ_MAX_UNREAD_TOKENS', {
    default: 64,
    min: 1,
    max: 1_048_576,
    unit: 'tokens',
    description: 'Tokens a slow reader may lag behind before its sequence pauses until it has read them.',
  }),
  threads: integer('RYZ_THREADS', {
    default: 0,
    min: 0,
    max: 1_024,
    unit: 'threads',
    description:
      'Compute threads. 0: timed at start, from 1 to one less than there are processors, and the fastest taken.',
  }),
  prefillThreads: integer('RYZ_PREFILL_THREADS', {
    optional: true,
    min: 0,
    max: 1_024,
    unit: 'threads',
    description:
      'Threads that read long prompts while others decode, in a context of their own that takes as much memory again; 0: prompts are read between the steps. Default: the processors that RYZ_THREADS leaves, if at least half as many; 0 on a GPU.',
  }),
  gpu: choice('RYZ_GPU', ['false', 'auto'], {
    default: 'false',
    description: '`auto` uses a GPU that llama.cpp finds; its binaries must be installed.',
  }),
  injectDelay,
  keepaliveMs,
  ...tlsVariables,
  drainMs: durationMs('RYZ_DRAIN_MS', {
    default: 10_000,
    description: 'How long running requests may take to finish after a stop was asked for.',
  }),
  logLevel: choice('RYZ_LOG_LEVEL', logLevels, {
    default: 'info',
    description: 'Least severe log record that is written.',
  }),
  underLauncher: flag('RYZ_UNDER_LAUNCHER', {
    default: false,
    description: "Set by the launcher: a terminal's interrupt is left to it.",
  }),
});

/** The values of the table, read. */
export type Config = ConfigValues<typeof configTable>;

/**
 * Reads the environment, and what one variable asks of another.
 *
 * @throws ConfigError listing all problems.
 */
export function readEngineConfig(env: Environment): Config {
  const needsUrl = env['RYZ_BACKEND']?.trim() === 'openai' && (env['RYZ_OPENAI_URL']?.trim() ?? '') === '';
  const unsaid =
    'RYZ_OPENAI_URL is not set; with RYZ_BACKEND=openai it must be a URL such as http://127.0.0.1:8000/v1.';
  return readConfig(configTable, env, (values) => [...tlsProblems(values), ...(needsUrl ? [unsaid] : [])]);
}
