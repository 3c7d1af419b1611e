import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MeshUnderTest } from './mesh-under-test.ts';

/** One more engine of a mesh, as a process of its own. */
export interface SecondEngine {
  /** Where it listens. */
  readonly address: string;
  /** Resolves with exit code or signal when it has ended. */
  signal(name: 'SIGTERM' | 'SIGKILL'): Promise<number | NodeJS.Signals>;
}

const startsWithinMs = 30_000;

/** Starts an engine beside that of the mesh; `address` is that of an earlier one that it takes over. */
export async function startSecondEngine(
  { mesh }: Pick<MeshUnderTest, 'mesh'>,
  env: Readonly<Record<string, string>>,
  address = '127.0.0.1:0',
): Promise<SecondEngine> {
  const journal = mkdtempSync(join(tmpdir(), 'ryzanstein-journal-'));
  const child = fork('apps/inference-engine/dist/main.js', [], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      RYZ_THREADS: '1',
      RYZ_UNDER_LAUNCHER: '1',
      RYZ_SPAN_JOURNAL: journal,
      RYZ_COORDINATOR_ADDRESS: mesh.addresses.gpu.grpc,
      RYZ_GRPC_ADDRESS: address,
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${mesh.addresses.tracebox?.otlpGrpc}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      ...env,
    },
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const onExit = (): boolean => child.kill('SIGKILL');
  process.on('exit', onExit);
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('exit', (code, signal) => {
      process.off('exit', onExit);
      rmSync(journal, { recursive: true, force: true });
      resolve(code ?? signal ?? 1);
    });
  });
  const listening = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('The second engine is not ready.')), startsWithinMs);
    child.on('message', (message: { type: string; addresses?: { grpc: string } }) => {
      if (message.type !== 'ready') return;
      clearTimeout(late);
      resolve(message.addresses?.grpc ?? '');
    });
    void ended.then((how) => {
      clearTimeout(late);
      reject(new Error(`The second engine ended with ${how}.`));
    });
  });
  return {
    address: listening,
    signal(name) {
      child.kill(name);
      return ended;
    },
  };
}
