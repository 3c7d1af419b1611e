import { gpuCoordinator, inferenceEngine } from '@ryzanstein/contracts';
import { startMesh, type RunningMesh } from '@ryzanstein/launcher';
import { createRpcClient } from '@ryzanstein/rpc';
import { startOtlpCollector } from '@ryzanstein/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { tinyModel } from './bench-models.ts';
import { table } from './figures.ts';
import { residentMb } from './memory.ts';
import { startSoakEngine, type SoakEngine } from './soak-engine.ts';
import { countedByCode, runSoak, textsAlone, type SoakEnded } from './soak-requests.ts';
import { accountOnceArrived, type SpanAccount } from './soak-spans.ts';

type Print = (line: string) => void;

const settleMs = 10_000;
const shown = 5;

/** Many mixed requests, a fifth of them cancelled, on two engines of which one is killed twice: what is wrong afterwards. */
export async function soak(print: Print, requests = 1_000): Promise<void> {
  const journal = mkdtempSync(join(tmpdir(), 'ryzanstein-soak-'));
  const collector = await startOtlpCollector();
  // What is kept for good shows as growth from mark to mark.
  const markedAt = [requests / 10, requests / 2, requests].map(Math.ceil);
  const env = {
    RYZ_MODEL_PATH: tinyModel,
    RYZ_THREADS: '1',
    RYZ_LOG_LEVEL: 'error',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_METRICS_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_TRACES_SAMPLER: 'always_on',
    OTEL_BSP_SCHEDULE_DELAY: '200',
  };
  const mesh = await startMesh({ tracebox: false, env });
  const engineEnv = {
    ...env,
    RYZ_COORDINATOR_ADDRESS: mesh.addresses.gpu.grpc,
    RYZ_SPAN_JOURNAL: journal,
    MALLOC_ARENA_MAX: '2',
  };
  let engine: SoakEngine | undefined;
  try {
    const alone = await textsAlone(mesh.addresses.api.grpc);
    engine = await startSoakEngine(engineEnv);
    const marks: { readonly done: number; readonly resident: ReadonlyMap<string, number> }[] = [];
    let restarted = Promise.resolve();
    const startMs = performance.now();
    const ended = await runSoak(mesh.addresses.api.grpc, requests, async (done) => {
      if (markedAt.includes(done)) marks.push({ done, resident: resident(mesh) });
      if (done !== Math.ceil(requests / 3) && done !== Math.ceil((2 * requests) / 3)) return;
      // A kill waits for the start that followed the one before.
      await (restarted = restarted.then(async () => {
        await engine?.kill();
        engine = await startSoakEngine(engineEnv);
      }));
    });

    const seconds = (performance.now() - startMs) / 1_000;
    const left = await leftBehind(mesh, engine.address).catch(
      (error: unknown) => `not told: ${String(error)}`,
    );
    const spans = await accountOnceArrived(
      () => collector.spans,
      ended.map(({ traceId, callerSpanId, code }) => ({ traceId, callerSpanId, answered: code === 'OK' })),
      settleMs,
    );
    print(
      `Soak: ${ended.length} of ${requests} requests in ${seconds.toFixed(0)} s, two engines, one killed twice`,
    );
    print(table([...rowsOf(ended, alone), ...spanRows(spans), ['left behind', left, 'all 0']]));
    print(`Resident memory in MB after ${marks.map(({ done }) => done).join(', ')} requests`);
    print(table(memoryRows(marks.map((mark) => mark.resident))));
  } finally {
    await engine?.stop();
    await mesh.stop();
    collector.stop();
    rmSync(journal, { recursive: true, force: true });
  }
}

function rowsOf(ended: readonly SoakEnded[], alone: ReadonlyMap<string, string>): string[][] {
  const wrong = ended.filter(({ question, text, code }) => {
    const right = alone.get(question);
    return code === 'OK' ? text !== right : right?.startsWith(text) !== true;
  });
  const unclear = ended.filter(({ code }) => /INTERNAL|UNKNOWN/.test(code)).length;
  return [
    ['ended', countedByCode(ended), ''],
    ['ended with an unclear code', String(unclear), '0'],
    [
      'wrong texts',
      listed(wrong.map(({ traceId, question, text }) => `${traceId} ${question}: ${text}`)),
      '0',
    ],
  ];
}

function spanRows(account: SpanAccount): string[][] {
  const { spans, double, lost, metTheKill, recovered, unseen } = account;
  return [
    ['spans', `${spans}, ${recovered} of them from a killed engine's journal`, ''],
    ['double spans', String(double), '0'],
    ['lost spans', listed(lost), '0'],
    ['traces that met a kill', `${metTheKill}, not asked for all spans`, ''],
    ['cancelled before the mesh saw it', String(unseen), ''],
  ];
}

function listed(problems: readonly string[]): string {
  return [String(problems.length), ...problems.slice(0, shown)].join('\n      ');
}

function memoryRows(marks: readonly ReadonlyMap<string, number>[]): string[][] {
  return [...(marks[0]?.keys() ?? [])].map((name) => {
    const values = marks.map((resident) => resident.get(name) ?? NaN);
    const ratio = (values.at(-1) ?? NaN) / (values[0] ?? NaN);
    return [name, ...values.map((value) => value.toFixed(0)), `last ÷ first ${ratio.toFixed(3)}`];
  });
}

function resident({ processes }: RunningMesh): Map<string, number> {
  return new Map([...processes].map(([name, { pid }]) => [name, residentMb(pid)]));
}

/** Leases out, requests waiting, and sequences that engines have: once all are 0, or as they stay. */
async function leftBehind(mesh: RunningMesh, secondEngine: string): Promise<string> {
  const coordinator = createRpcClient(gpuCoordinator, mesh.addresses.gpu.grpc);
  const engines = [mesh.addresses.inference.grpc, secondEngine].map((at) =>
    createRpcClient(inferenceEngine, at),
  );
  try {
    const endMs = performance.now() + settleMs;
    for (;;) {
      const { devices, waiting } = await coordinator.ListDevices({}, { timeoutMs: 5_000 });
      const loads = await Promise.all(engines.map((engine) => engine.GetLoad({}, { timeoutMs: 5_000 })));
      const counts = {
        leased: devices.reduce((sum, { leased }) => sum + leased, 0),
        waiting,
        active: loads.reduce((sum, { active }) => sum + active, 0),
        queued: loads.reduce((sum, { queued }) => sum + queued, 0),
      };
      if (Object.values(counts).every((count) => count === 0) || performance.now() > endMs)
        return Object.entries(counts)
          .map(([name, count]) => `${name} ${count}`)
          .join(', ');
      await pause(100);
    }
  } finally {
    for (const client of [coordinator, ...engines]) client.close();
  }
}
