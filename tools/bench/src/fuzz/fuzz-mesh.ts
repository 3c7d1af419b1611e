import { startMesh, type RunningMesh } from '@ryzanstein/launcher';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { tinyModel } from '../bench-models.ts';
import { silentSockets, stoppedReaders, type Crowd } from './crowds.ts';
import { drawOf } from './draw.ts';
import { grpcCase } from './grpc-cases.ts';
import { grpcPlayer } from './grpc-exchange.ts';
import { framesCase, playFrames } from './http2-frames.ts';
import { httpCase } from './http-cases.ts';
import { playHttp, type Outcome } from './http-exchange.ts';
import { watchLogs } from './log-watch.ts';
import { watchMesh, type MeshWatch, type OpenThings } from './mesh-watch.ts';

export const kinds = ['http', 'grpc', 'frames'] as const;
export type Kind = (typeof kinds)[number];

export interface FuzzOptions {
  /** The same seed sends the same again. */
  readonly seed: string;
  /** How many cases of each kind. */
  readonly counts: Readonly<Record<Kind, number>>;
  /** The one case to play, of those of the seed. */
  readonly only?: { readonly kind: Kind; readonly index: number };
  /** No case begins after this; default: all are played. */
  readonly forMs?: number;
  /** How many connections each crowd has that does nothing; 0 for none. */
  readonly crowd?: number;
  readonly onProgress?: (done: number, all: number) => void;
}

/** What hostile requests did to a mesh. */
export interface FuzzReport {
  readonly played: number;
  readonly seconds: number;
  /** How often each kind and family of case ended how. */
  readonly endings: ReadonlyMap<string, number>;
  /** What is wrong; with the case to replay where it was one's. */
  readonly findings: readonly string[];
  readonly warnings: readonly string[];
  readonly memory: readonly { readonly name: string; readonly atTenthMb: number; readonly atEndMb: number }[];
  readonly before: OpenThings;
  readonly after: OpenThings;
}

const model = 'ryzanstein-tiny';
const atOnce = 16;
const chats = 40;
// Leases of callers that are gone run out after 10 s, idle connections a while later.
const settlesWithinMs = 30_000;
const servedWithinMs = 15_000;

/** Plays hostile cases against a mesh of its own, and tells what is wrong with it meanwhile and afterwards. */
export async function fuzzMesh(options: FuzzOptions): Promise<FuzzReport> {
  const folder = mkdtempSync(join(tmpdir(), 'ryzanstein-fuzz-'));
  const journal = join(folder, 'spans');
  const logs = watchLogs();
  const mesh = await startMesh({
    env: {
      RYZ_MODEL_PATH: tinyModel,
      RYZ_THREADS: '1',
      RYZ_LOG_LEVEL: 'warn',
      RYZ_SPAN_JOURNAL: journal,
      RYZ_TRACEBOX_FILE: join(folder, 'traces.sqlite'),
      OTEL_TRACES_SAMPLER: 'always_on',
    },
    logs: (name, line) => logs.take(name, line),
  });
  let watch: MeshWatch | undefined;
  try {
    watch = await watchMesh(mesh, model, journal);
    const played = await playAll(mesh, watch, options);
    return { ...played, findings: [...played.findings, ...logs.failures()], warnings: logs.warnings() };
  } finally {
    watch?.close();
    await mesh.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

type Played = Omit<FuzzReport, 'warnings'>;

async function playAll(mesh: RunningMesh, watch: MeshWatch, options: FuzzOptions): Promise<Played> {
  const cases = casesOf(options);
  const calls = grpcPlayer({
    api: mesh.addresses.api.grpc,
    gpu: mesh.addresses.gpu.grpc,
    inference: mesh.addresses.inference.grpc,
  });
  const endings = new Map<string, number>();
  const faults = new Map<string, { first: string; times: number }>();
  const found = (what: string, where: string): void => {
    const known = faults.get(what);
    if (known === undefined) faults.set(what, { first: where, times: 1 });
    else known.times += 1;
  };
  const before = watch.open();
  let atTenth = watch.resident();
  const startMs = performance.now();
  const endMs = startMs + (options.forMs ?? Infinity);
  const goesOn = (): boolean => watch.fallen().length === 0 && performance.now() < endMs;
  const tenth = Math.ceil(cases.length / 10);
  let next = 0;
  let done = 0;

  async function player(): Promise<void> {
    for (let at = next++; at < cases.length && goesOn(); at = next++) {
      const { kind, index } = cases[at] ?? { kind: 'http', index: 0 };
      const { family, outcome } = await playOne(mesh, calls.play, options.seed, kind, index);
      const ending = `${kind} ${family}: ${outcome.ending}`;
      endings.set(ending, (endings.get(ending) ?? 0) + 1);
      for (const fault of outcome.faults) found(fault, `${kind}:${index} (${family})`);
      done += 1;
      options.onProgress?.(done, cases.length);
      if (done === tenth) atTenth = watch.resident();
      if (done % Math.ceil(cases.length / chats) !== 0) continue;
      const wrong = await watch.asksRight();
      if (wrong !== undefined) found(wrong, `after ${done} cases`);
    }
  }

  await Promise.all(Array.from({ length: atOnce }, player));
  const seconds = (performance.now() - startMs) / 1_000;
  const { crowd = 0 } = options;
  if (crowd > 0) {
    await besideCrowd(
      watch,
      'readers that stopped',
      () => stoppedReaders(mesh.addresses.api.http, crowd, model),
      found,
    );
    await besideCrowd(
      watch,
      'sockets that say nothing',
      () => silentSockets(mesh.addresses.api.http, crowd),
      found,
    );
    await besideCrowd(
      watch,
      'silent gRPC sockets',
      () => silentSockets(mesh.addresses.api.grpc, crowd),
      found,
    );
  }
  calls.close();
  for (const name of watch.fallen()) found(`${name} has ended`, `after ${done} cases`);
  if (watch.fallen().length === 0) {
    const wrong = await watch.asksRight();
    if (wrong !== undefined) found(wrong, 'at the end');
    for (const left of await watch.leftBehind(settlesWithinMs)) found(left, 'at the end');
  }
  const after = await openAfter(watch, before);
  for (const [name, count] of after.connections)
    if (count > (before.connections.get(name) ?? 0))
      found(`${name} keeps ${count} connections, had ${before.connections.get(name)}`, 'at the end');
  const atEnd = watch.fallen().length === 0 ? watch.resident() : atTenth;
  return {
    played: done,
    seconds,
    endings,
    findings: [...faults].map(([what, { first, times }]) => `${times} × ${what} [${first}]`),
    memory: [...atEnd].map(([name, atEndMb]) => ({ name, atTenthMb: atTenth.get(name) ?? NaN, atEndMb })),
    before,
    after,
  };
}

/** Of all kinds by turns, so that they meet. */
function casesOf({ counts, only }: FuzzOptions): { kind: Kind; index: number }[] {
  if (only !== undefined) return [only];
  const most = Math.max(...Object.values(counts));
  return Array.from({ length: most }, (_, index) =>
    kinds.filter((kind) => index < counts[kind]).map((kind) => ({ kind, index })),
  ).flat();
}

async function playOne(
  { addresses }: RunningMesh,
  call: ReturnType<typeof grpcPlayer>['play'],
  seed: string,
  kind: Kind,
  index: number,
): Promise<{ family: string; outcome: Outcome }> {
  const draw = drawOf(`${seed} ${kind} ${index}`);
  if (kind === 'http') {
    const one = httpCase(draw, model);
    return { family: one.family, outcome: await playHttp(addresses.api.http, one) };
  }
  if (kind === 'grpc') {
    const one = grpcCase(draw, model);
    return { family: one.family, outcome: await call(one) };
  }
  const one = framesCase(draw, model);
  return { family: one.family, outcome: await playFrames(addresses[one.target].grpc, one) };
}

async function besideCrowd(
  watch: MeshWatch,
  name: string,
  gather: () => Promise<Crowd>,
  found: (what: string, where: string) => void,
): Promise<void> {
  const crowd = await gather();
  try {
    const askedMs = performance.now();
    const wrong = await watch.asksRight();
    const tookMs = performance.now() - askedMs;
    if (wrong !== undefined) found(wrong, `beside ${name}`);
    if (tookMs > servedWithinMs) found(`a chat took ${(tookMs / 1_000).toFixed(1)} s`, `beside ${name}`);
  } finally {
    crowd.leave();
  }
  for (const left of await watch.leftBehind(settlesWithinMs)) found(left, `after ${name}`);
}

async function openAfter(watch: MeshWatch, before: OpenThings): Promise<OpenThings> {
  if (watch.fallen().length > 0) return before;
  const endMs = performance.now() + settlesWithinMs;
  for (;;) {
    const now = watch.open();
    const settled = [...now.connections].every(
      ([name, count]) => count <= (before.connections.get(name) ?? 0),
    );
    if (settled || performance.now() > endMs) return now;
    await pause(200);
  }
}
