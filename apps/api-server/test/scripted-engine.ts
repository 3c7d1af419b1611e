import { inferenceEngine } from '@ryzanstein/contracts';
import type {
  EmbedRequest,
  EmbedResponseInit,
  GenerateRequest,
  GenerateResponseInit,
  TokenizeRequest,
} from '@ryzanstein/contracts/engine';
import {
  createRpcServer,
  RpcError,
  type CallContext,
  type RpcServer,
  type ServerCallHook,
} from '@ryzanstein/rpc';
import { silentLogger } from '@ryzanstein/runtime';

/** An engine at the wire: says three words, unless its script says otherwise. */
export interface ScriptedEngine {
  readonly engineId: string;
  readonly address: string;
  /** Instead of the three words. */
  generate(request: GenerateRequest, ctx: CallContext): AsyncIterable<GenerateResponseInit>;
  /** Instead of a vector for each text, `[1, 0]`, of 3 tokens each. */
  embed(request: EmbedRequest, ctx: CallContext): Promise<EmbedResponseInit>;
  readonly generated: GenerateRequest[];
  readonly embedded: EmbedRequest[];
  readonly tokenized: TokenizeRequest[];
  /** Ids of the leases that it was told to end. */
  readonly endedLeases: string[];
  /** Called once that was noted; a throw is its answer. */
  endLease(leaseId: string): void;
  /** Stops at once, as a process that dies. */
  kill(): Promise<void>;
  readonly server: RpcServer;
}

export const accepted: GenerateResponseInit = {
  accepted: { queuePosition: 0, promptTokens: 7, seed: '1', model: 'tiny' },
};
export const started: GenerateResponseInit = { started: { slot: 0, cachedPromptTokens: 2 } };
export const done: GenerateResponseInit = {
  done: {
    finishReason: 'FINISH_REASON_STOP',
    usage: { promptTokens: 7, cachedPromptTokens: 2, completionTokens: 4 },
    timings: { queueUs: '1500', prefillUs: '20250', decodeUs: '30125', steps: 4, meanBatch: 1 },
  },
};

export function delta(text: string, tokens = 1): GenerateResponseInit {
  return { delta: { text, tokens } };
}

/** "The owl sleeps", four tokens in three pieces of text. */
export async function* threeWords(): AsyncIterable<GenerateResponseInit> {
  yield accepted;
  yield started;
  yield delta('The');
  yield delta('', 1);
  yield delta(' owl');
  yield delta(' sleeps');
  yield done;
}

/** `[1, 0]` for each text, of 3 tokens each. */
export async function oneVectorEach({ input }: EmbedRequest): Promise<EmbedResponseInit> {
  return {
    embeddings: input.map(() => ({ values: [1, 0] })),
    usage: { promptTokens: 3 * input.length },
  };
}

export async function startEngine(engineId: string, onCall?: ServerCallHook): Promise<ScriptedEngine> {
  const server = createRpcServer({ logger: silentLogger, ...(onCall === undefined ? {} : { onCall }) });
  const self: Omit<ScriptedEngine, 'address'> = {
    engineId,
    generate: threeWords,
    embed: oneVectorEach,
    generated: [],
    embedded: [],
    tokenized: [],
    endedLeases: [],
    endLease: () => undefined,
    kill: () => server.close(),
    server,
  };
  const elsewhere = () => Promise.reject(new RpcError('UNIMPLEMENTED', 'not part of this double'));
  server.add(inferenceEngine, {
    Generate(request, ctx) {
      self.generated.push(request);
      return self.generate(request, ctx);
    },
    async EndLease({ leaseId }) {
      self.endedLeases.push(leaseId);
      self.endLease(leaseId);
      return {};
    },
    async Tokenize(request) {
      self.tokenized.push(request);
      return { tokens: 11 };
    },
    Embed(request, ctx) {
      self.embedded.push(request);
      return self.embed(request, ctx);
    },
    GetModelInfo: elsewhere,
    GetLoad: elsewhere,
  });
  const address = await server.listen('127.0.0.1:0');
  return Object.assign(self, { address });
}
