import { gpuCoordinator, llmService } from '@ryzanstein/contracts';
import type { ChatResponse } from '@ryzanstein/contracts/api';
import { createRpcClient, type RpcClient } from '@ryzanstein/rpc';
import { setTimeout as pause } from 'node:timers/promises';
import { tinyModel } from './bench-models.ts';
import { jainIndex, median, table } from './figures.ts';
import { meshSubject } from './subjects.ts';
import { storyPrompts } from './workload.ts';

type Print = (line: string) => void;
type Client = RpcClient<typeof llmService>;

const equalBursts = [24, 24, 24, 24, 24];
const unequalBursts = [8, 16, 24, 36, 50];
const warmUpMs = 2_000;
const rounds = 8;
const queued = 50;

/** Whether the fair queue is fair: tokens of clients that always wait, and a lone request beside a long queue. */
export async function fairness(print: Print, seconds = 15): Promise<void> {
  // What is to be queued must not be refused at the edge.
  const subject = await meshSubject(tinyModel, 1, { env: { RYZ_MAX_CONCURRENT: '2000' } });
  const { api, gpu } = subject.mesh.addresses;
  const client = createRpcClient(llmService, api.grpc);
  const coordinator = createRpcClient(gpuCoordinator, gpu.grpc);
  try {
    const rows = [['bursts of', 'tokens of each', "Jain's index"]];
    for (const bursts of [equalBursts, unequalBursts, equalBursts, unequalBursts]) {
      const tokens = await backlogged(client, bursts, seconds);
      const target = bursts === equalBursts ? 'A/A' : '≥ 0.95';
      rows.push([bursts.join(', '), tokens.join(', '), `${jainIndex(tokens).toFixed(3)}   ${target}`]);
    }
    print(`Tokens of five clients that always have requests waiting, in ${seconds} s each`);
    print(table(rows));

    const waits: number[] = [];
    for (let round = 0; round < rounds; round++) waits.push(await loneRequest(client, coordinator));
    print(`A lone request beside ${queued} queued ones of another client, ${rounds} rounds`);
    print(
      table([
        [
          'waited ÷ service time',
          `median ${median(waits).toFixed(2)}, most ${Math.max(...waits).toFixed(2)}   ≤ 2`,
        ],
      ]),
    );
  } finally {
    client.close();
    coordinator.close();
    await subject.close();
  }
}

function ask(client: Client, clientId: string, number: number, signal?: AbortSignal): Promise<ChatResponse> {
  const content = storyPrompts[number % storyPrompts.length] ?? '';
  const maxTokens = 8 + ((number * 7) % 25);
  return client.Chat(
    { messages: [{ role: 'user', content }], maxTokens },
    {
      metadata: { 'x-client-id': clientId },
      timeoutMs: 110_000,
      ...(signal === undefined ? {} : { signal }),
    },
  );
}

/** Tokens that each client got while all of them had requests waiting; client i sends `bursts[i]` at once. */
async function backlogged(client: Client, bursts: readonly number[], seconds: number): Promise<number[]> {
  const tokens = bursts.map(() => 0);
  const end = new AbortController();
  let counts = false;
  const all: Promise<void>[] = [];
  for (const [index, burst] of bursts.entries()) {
    let waiting = 0;
    let sent = 0;
    const send = (): void => {
      // The next burst comes while the last of this one wait: nobody is ever without.
      if (end.signal.aborted || waiting > 8) return;
      for (let left = burst; left > 0; left--) {
        waiting += 1;
        all.push(
          ask(client, `client-${index}`, sent++, end.signal)
            .then(({ usage }) => {
              if (counts) tokens[index] = (tokens[index] ?? 0) + (usage?.completionTokens ?? 0);
            })
            .catch((error: unknown) => {
              if (!end.signal.aborted) throw error;
            })
            .then(() => {
              waiting -= 1;
              send();
            }),
        );
      }
    };
    send();
    if (burst <= 8) send();
  }
  await pause(warmUpMs);
  counts = true;
  await pause(seconds * 1_000);
  counts = false;
  end.abort();
  await Promise.all(all);
  return tokens;
}

/** How long one request of a client of its own waited, in multiples of what the others were served in. */
async function loneRequest(client: Client, coordinator: RpcClient<typeof gpuCoordinator>): Promise<number> {
  const { devices } = await coordinator.ListDevices({});
  const capacity = devices.reduce((sum, { device }) => sum + (device?.capacity ?? 0), 0);
  const crowd = Array.from({ length: capacity + queued }, (_, number) => ask(client, 'crowd', number));
  const settled = Promise.all(crowd);
  for (let waiting = 0; waiting < queued - 5;) waiting = (await coordinator.ListDevices({})).waiting;
  const lone = await ask(client, 'lone', 0);
  const served = (await settled).map(
    ({ timings }) => (timings?.totalMs ?? NaN) - (timings?.leaseWaitMs ?? NaN),
  );
  return (lone.timings?.leaseWaitMs ?? NaN) / median(served);
}
