import { gpuCoordinator, inferenceEngine, llmService } from '@ryzanstein/contracts';
import type { RunningMesh } from '@ryzanstein/launcher';
import { createRpcClient, RpcError } from '@ryzanstein/rpc';
import { unsentSpans } from '@ryzanstein/tracing/testing';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { residentMb } from '../memory.ts';

/** What a mesh is held against from outside. */
export interface MeshWatch {
  /** Asks a question that has one right answer; says what was wrong with it. */
  asksRight(): Promise<string | undefined>;
  /** Processes that have ended. */
  fallen(): string[];
  /** Resident memory in MB, by process. */
  resident(): Map<string, number>;
  /** Connections that the servers have, by their names; and what each process has open. */
  open(): OpenThings;
  /** What is still held: leases, slots, waiting requests, spans. Empty as soon as nothing is, or as it stays. */
  leftBehind(timeoutMs: number): Promise<string[]>;
  close(): void;
}

export interface OpenThings {
  readonly connections: ReadonlyMap<string, number>;
  readonly files: ReadonlyMap<string, number>;
}

const question = { messages: [{ role: 'user', content: 'What is a span?' }], maxTokens: 12, temperature: 0 };
const answersWithinMs = 40_000;
const pollMs = 1_000;

/** Watches a mesh whose spans are kept in `journal`. Asks the question once, to know its answer. */
export async function watchMesh(mesh: RunningMesh, model: string, journal: string): Promise<MeshWatch> {
  const client = createRpcClient(llmService, mesh.addresses.api.grpc);
  const coordinator = createRpcClient(gpuCoordinator, mesh.addresses.gpu.grpc);
  const engine = createRpcClient(inferenceEngine, mesh.addresses.inference.grpc);
  const ask = async (): Promise<string> => {
    const { message } = await client.Chat({ ...question, model }, { timeoutMs: answersWithinMs });
    return message?.content ?? '';
  };
  const right = await ask();
  async function held(): Promise<string[]> {
    const { devices, waiting } = await coordinator.ListDevices({}, { timeoutMs: 5_000 });
    const { active, queued } = await engine.GetLoad({}, { timeoutMs: 5_000 });
    const counts = {
      'leases held': devices.reduce((sum, { leased }) => sum + leased, 0),
      'requests waiting': waiting,
      'slots in use': active,
      'requests queued': queued,
      'devices of nobody': devices.filter(({ live, device }) => live && device?.model !== model).length,
    };
    return Object.entries(counts)
      .filter(([, count]) => count !== 0)
      .map(([what, count]) => `${count} ${what}`);
  }

  // So that the connections of these clients are there from the start.
  await held();

  const spansNow = (): Map<string, string> =>
    new Map(
      unsentSpans(journal).map(({ name, spanId, ended }) => [
        spanId,
        `${name} ${spanId} ${ended ? 'was not sent' : 'has not ended'}`,
      ]),
    );

  return {
    async asksRight() {
      try {
        const text = await ask();
        return text === right ? undefined : `a chat was answered with ${JSON.stringify(text)}`;
      } catch (error) {
        const { code, message } = RpcError.from(error);
        return `a chat failed: ${code} ${message}`;
      }
    },
    fallen: () => [...mesh.processes].filter(([, { running }]) => !running).map(([name]) => name),
    resident: () => new Map([...mesh.processes].map(([name, { pid }]) => [name, residentMb(pid)])),
    open: () => ({
      connections: new Map(
        Object.entries({
          'api-server gRPC': mesh.addresses.api.grpc,
          'api-server HTTP': mesh.addresses.api.http,
          'gpu-coordinator': mesh.addresses.gpu.grpc,
          'inference-engine': mesh.addresses.inference.grpc,
        }).map(([name, address]) => [name, connectionsOf(address)]),
      ),
      files: new Map([...mesh.processes].map(([name, { pid }]) => [name, openFiles(pid)])),
    }),
    async leftBehind(timeoutMs) {
      const endMs = performance.now() + timeoutMs;
      // What asks here makes spans, too: those of one look are gone by the next.
      for (let before = spansNow(); ;) {
        await pause(pollMs);
        const now = spansNow();
        const spans = [...now].filter(([id]) => before.has(id)).map(([, text]) => text);
        const problems = [...(await held()), ...spans];
        if (problems.length === 0 || performance.now() > endMs) return problems;
        before = now;
      }
    },
    close() {
      for (const one of [client, coordinator, engine]) one.close();
    },
  };
}

function openFiles(pid: number | undefined): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

const established = '01';
const leftByPeer = '08';

/** Connections that a server has not closed, whether or not its peer has. */
function connectionsOf(address: string): number {
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, at = '', , state = '']) => at.endsWith(local) && [established, leftByPeer].includes(state))
    .length;
}
