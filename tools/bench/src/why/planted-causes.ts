import { llmService } from '@ryzanstein/contracts';
import type { ChatRequestInit } from '@ryzanstein/contracts/api';
import { createRpcClient } from '@ryzanstein/rpc';
import type { CauseName } from '@ryzanstein/trace-analysis';
import { setTimeout as pause } from 'node:timers/promises';
import { endlessModel } from '../bench-models.ts';
import { until, type Send, type WhyMesh } from './why-mesh.ts';

/** A request that is slow for a known reason. */
export interface PlantedCause {
  readonly what: string;
  readonly cause: CauseName;
  /** Where the cause is a hop: its two ends. */
  readonly hop?: string;
  /** Where others held what it waited for: one of them. */
  readonly behind?: string;
  /** Sends it, and does to it what makes it slow, for `slowMs` where it is told how long. */
  readonly send: (under: WhyMesh, slowMs: number) => Send;
}

function asking(content: string, maxTokens: number): ChatRequestInit {
  return { messages: [{ role: 'user', content }], maxTokens, temperature: 0 };
}

const usualRequest = asking('What is a span?', 24);
const storyRequest = asking('Tell me a short story about a bear.', 48);
/** An endless model writes as much in each of these: far more than in what they are compared with. */
const foxRequest = asking('Tell me of a fox.', 400);
const longestRequest = asking('Tell me of a bear.', 1_200);
/** Long enough for a busy machine to interrupt it as it does the long ones. */
const usualEndlessRequest = asking('What is a span?', 100);
const manyOf = (animal: string, count: number): string =>
  Array.from({ length: count }, (_, index) => `${animal} ${index}`).join(' ');

const chat =
  (request: ChatRequestInit) =>
  (under: WhyMesh): Send =>
  (metadata) =>
    under.chat(request, { metadata });
const unary =
  (request: ChatRequestInit) =>
  (under: WhyMesh): Send =>
  (metadata) =>
    under.client.Chat(request, { metadata });

const usualChat = chat(usualRequest);
const usualUnary = unary(usualRequest);

// An engine of one slot has so many leases to give: those beyond its slot bridge the hand-over.
const leases = 3;

/** All leases are held for a while; `first` is sent before the request that counts. */
const behindHolders =
  (first?: (under: WhyMesh) => Promise<unknown>) =>
  (under: WhyMesh, slowMs: number): Send =>
  async (metadata) => {
    const holds = Array.from({ length: leases }, (_, index) => under.hold(`holder-${index + 1}`));
    const [giveBackOne, ...giveBackRest] = await Promise.all(holds);
    const before = first?.(under);
    if (before !== undefined) await until(async () => (await under.taken()).waiting === 1);
    const asked = under.chat(usualRequest, { metadata });
    await pause(slowMs);
    await giveBackOne?.();
    // Let in together, it would wait in the engine instead, which a slow machine may make the longer wait.
    await before;
    for (const giveBack of giveBackRest) await giveBack();
    await asked;
  };

/** Sent when others already have all leases, and more wait before it. */
const behindChats =
  (count: number, isTaken: (taken: { leased: number; waiting: number }) => boolean) =>
  (under: WhyMesh): Send =>
  async (metadata) => {
    const others = Array.from({ length: count }, () => under.chat(foxRequest));
    await until(async () => isTaken(await under.taken()));
    await Promise.all([under.chat(usualRequest, { metadata }), ...others]);
  };

const overSlowHop =
  (slow: 'apiToCoordinator' | 'apiToEngine') =>
  (under: WhyMesh, slowMs: number): Send =>
  async (metadata) => {
    under[slow].delay(slowMs / 2);
    try {
      await under.chat(usualRequest, { metadata });
    } finally {
      under[slow].heal();
    }
  };

// As long as a request may take: on a busy machine the engine alone needs a good part of it.
const longestMs = 120_000;

/** Its client takes no more than fits on the way until long after the engine is through. */
const readSlowly =
  (under: WhyMesh): Send =>
  async (metadata) => {
    const channelOptions = { 'grpc-node.flow_control_window': 1_024 };
    const client = createRpcClient(llmService, under.mesh.addresses.api.grpc, { channelOptions });
    try {
      // All of it is more than both ends and the connection between them hold.
      const stream = client.ChatStream(asking('Hi', 2_000), { metadata, timeoutMs: longestMs });
      const askedAt = performance.now();
      await stream.next();
      await until(async () => (await under.active()).every((count) => count === 0), 60_000);
      await pause(1.3 * (performance.now() - askedAt));
      for await (const _ of stream);
    } finally {
      client.close();
    }
  };

// An engine that stands still for longer is given up.
const stoppedAtMostMs = 1_500;

/** Its engine stands still for a while after the first words, long before the last. */
const onStoppedEngine =
  (under: WhyMesh, slowMs: number): Send =>
  async (metadata) => {
    const stream = under.client.ChatStream(storyRequest, { metadata });
    await stream.next();
    await under.mesh.kill('inference-engine', 'SIGSTOP');
    await pause(Math.min(slowMs, stoppedAtMostMs));
    await under.mesh.kill('inference-engine', 'SIGCONT');
    for await (const _ of stream);
  };

const leave =
  (under: WhyMesh): Send =>
  async (metadata) => {
    const stream = under.client.ChatStream(longestRequest, { metadata });
    for (let pieces = 0; pieces < 20; pieces++) await stream.next();
    stream.cancel();
  };

/** Its engine is killed before the first token; another one answers. */
const killedEngine =
  (under: WhyMesh, slowMs: number): Send =>
  async (metadata) => {
    const asked = under.chat(usualRequest, { metadata });
    const name = await under.running();
    await pause(slowMs);
    await under.mesh.kill(name);
    await asked;
    await under.mesh.restart(name);
  };

/** A mesh, and what is planted in it; compared with the sound mesh unless typical is its own. */
export interface PlantedMesh {
  readonly env?: (slowMs: number) => Readonly<Record<string, string>>;
  readonly engines?: number;
  /** What all are compared with, as a stream and as one answer. */
  readonly usual: readonly ((under: WhyMesh) => Send)[];
  /** What is planted by `env` is usual here. */
  readonly ownTypical?: true;
  readonly causes: readonly PlantedCause[];
}

const delayed =
  (phase: 'lease' | 'queue' | 'prefill' | 'decode', times = 1) =>
  (slowMs: number) => ({ RYZ_INJECT_DELAY: `${phase}:${times * slowMs}` });

const usual = [usualChat, usualUnary];

/** Twenty slow requests; the first mesh is sound. */
export const plantedMeshes: readonly PlantedMesh[] = [
  {
    usual,
    causes: [
      { what: 'three hold the device', cause: 'held_by_another', behind: 'holder-1', send: behindHolders() },
      {
        what: 'three hold it, one is first in line',
        cause: 'held_by_another',
        behind: 'holder-2',
        send: behindHolders((under) => under.chat(usualRequest)),
      },
      {
        what: 'prompt of 90 numbered bears',
        cause: 'long_prompt',
        send: chat(asking(manyOf('bear', 90), 4)),
      },
      { what: 'prompt of 70, one answer', cause: 'long_prompt', send: unary(asking(manyOf('owl', 70), 4)) },
      {
        what: 'slow way to the coordinator',
        cause: 'network',
        hop: 'api-server–gpu-coordinator',
        send: overSlowHop('apiToCoordinator'),
      },
      {
        what: 'slow way to the engine',
        cause: 'network',
        hop: 'api-server–inference-engine',
        send: overSlowHop('apiToEngine'),
      },
      { what: 'engine stopped while it writes', cause: 'slow_decode', send: onStoppedEngine },
    ],
  },
  {
    env: () => ({ RYZ_MODEL_PATH: endlessModel(), RYZ_CONTEXT_TOKENS: '8192' }),
    usual: [chat(usualEndlessRequest), unary(usualEndlessRequest)],
    ownTypical: true,
    causes: [
      {
        what: 'eight chats before it',
        cause: 'held_by_another',
        send: behindChats(8, ({ waiting }) => waiting === 5),
      },
      {
        what: 'two chats before it in the engine',
        cause: 'engine_queue',
        send: behindChats(2, ({ leased }) => leased === 2),
      },
      { what: 'stream of 1,200 tokens', cause: 'long_output', send: chat(longestRequest) },
      { what: 'one answer of 1,200 tokens', cause: 'long_output', send: unary(longestRequest) },
      { what: 'reader stops in an answer of 2,000', cause: 'slow_reader', send: readSlowly },
      {
        what: 'deadline of 100 ms',
        cause: 'deadline',
        send: (under) => (metadata) => under.chat(longestRequest, { metadata, timeoutMs: 100 }),
      },
      { what: 'client leaves', cause: 'client_cancelled', send: leave },
    ],
  },
  {
    env: delayed('decode'),
    usual,
    causes: [{ what: 'delay in decode', cause: 'slow_decode', send: usualChat }],
  },
  {
    env: delayed('lease'),
    usual,
    causes: [
      { what: 'delay in the coordinator', cause: 'coordinator', send: usualChat },
      { what: 'delay there, one answer', cause: 'coordinator', send: usualUnary },
    ],
  },
  {
    env: delayed('queue'),
    usual,
    causes: [{ what: "delay in the engine's queue", cause: 'engine_queue', send: usualChat }],
  },
  {
    env: delayed('prefill'),
    usual,
    causes: [{ what: 'delay in prefill', cause: 'slow_prefill', send: usualChat }],
  },
  {
    // Long enough for the engine to be found and killed within it.
    env: delayed('prefill', 3),
    usual,
    engines: 2,
    ownTypical: true,
    causes: [{ what: 'engine killed before the first token', cause: 'retry', send: killedEngine }],
  },
];
