import { gpuCoordinator, inferenceEngine, llmService } from '@ryzanstein/contracts';
import type { RunningMesh } from '@ryzanstein/launcher';
import { createRpcClient, RpcError } from '@ryzanstein/rpc';
import { unsentSpans } from '@ryzanstein/tracing/testing';
import { readdirSync, readlinkSync } from 'node:fs';
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
  /** Open sockets, and all that is open, by process. */
  open(): Map<string, OpenFiles>;
  /** What is still held: leases, slots, waiting requests, spans. Empty as soon as nothing is, or as it stays. */
  leftBehind(timeoutMs: number): Promise<string[]>;
  close(): void;
}

export interface OpenFiles {
  readonly sockets: number;
  readonly all: number;
}

const question = { messages: [{ role: 'user', content: 'What is a span?' }], maxTokens: 12, temperature: 0 };
const answersWithinMs = 40_000;
const pollMs = 200;

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
    const spans = unsentSpans(journal).map(
      ({ name, spanId, ended }) => `${name} ${spanId} ${ended ? 'was not sent' : 'has not ended'}`,
    );
    const problems = Object.entries(counts).filter(([, count]) => count !== 0);
    return [...problems.map(([what, count]) => `${count} ${what}`), ...spans];
  }

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
    open: () => new Map([...mesh.processes].map(([name, { pid }]) => [name, openFiles(pid)])),
    async leftBehind(timeoutMs) {
      const endMs = performance.now() + timeoutMs;
      for (;;) {
        const problems = await held();
        if (problems.length === 0 || performance.now() > endMs) return problems;
        await pause(pollMs);
      }
    },
    close() {
      for (const one of [client, coordinator, engine]) one.close();
    },
  };
}

function openFiles(pid: number | undefined): OpenFiles {
  const folder = `/proc/${pid}/fd`;
  const targets = readdirSync(folder).map((name) => {
    try {
      return readlinkSync(`${folder}/${name}`);
    } catch {
      return '';
    }
  });
  return { all: targets.length, sockets: targets.filter((target) => target.startsWith('socket:')).length };
}
