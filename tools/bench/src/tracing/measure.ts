import { quantile } from '../figures.ts';
import { startSink, startSubject, type Sink, type Subject } from './processes.ts';
import type { Programs } from './programs.ts';
import type { Variant } from './variants.ts';

/** Figures of one variant in one cycle. */
export interface Slice {
  /** CPU microseconds per call: of all processes but the sink, the export included. */
  readonly unaryCpuUs: number;
  readonly unaryServerCpuUs: number;
  readonly unaryPerSecond: number;
  readonly unaryP50Us: number;
  readonly unaryP99Us: number;
  readonly streamCpuUs: number;
  readonly streamServerCpuUs: number;
  readonly streamPerSecond: number;
  readonly loopDelayP99Us: number;
}

/** All slices of a run by variant, cycle by cycle. */
export type Measured = ReadonlyMap<string, readonly Slice[]>;

export interface Workload {
  readonly cycles: number;
  readonly unaryCalls: number;
  readonly singleCalls: number;
  readonly streams: number;
}

interface Running {
  readonly variant: Variant;
  readonly client: Subject;
  readonly server: Subject;
}

const unaryConcurrency = 32;
const streamConcurrency = 8;

/**
 * Starts every variant once and gives each in turn a short slice, in changing order, so that slow
 * phases of the machine fall on all of them alike. `apart`: server and client in two processes.
 */
export async function measure(
  programs: Programs,
  variants: readonly Variant[],
  workload: Workload,
  apart: boolean,
  print: (line: string) => void,
): Promise<Measured> {
  const sink = await startSink(programs.sink);
  const running: Running[] = [];
  const measured = new Map<string, Slice[]>();
  try {
    for (const variant of variants) {
      running.push(await startPair(programs, variant, sink, apart));
      measured.set(variant.name, []);
    }
    for (let cycle = -1; cycle < workload.cycles; cycle++) {
      const turn = cycle % 2 === 0 ? [...running] : running.toReversed();
      turn.push(...turn.splice(0, Math.max(0, cycle) % turn.length));
      for (const one of turn) {
        const slice = await runSlice(one, workload, sink, cycle >= 0);
        // The first cycle compiles and warms, and may still receive what starting up has left.
        if (cycle >= 0) measured.get(one.variant.name)?.push(slice);
      }
      print(`  cycle ${cycle + 1} of ${workload.cycles}`);
    }
    return measured;
  } finally {
    for (const { client, server } of running) await Promise.all([client.stop(), server.stop()]);
    await sink.stop();
  }
}

async function startPair(programs: Programs, variant: Variant, sink: Sink, apart: boolean): Promise<Running> {
  const begin = (): Promise<Subject> =>
    startSubject(programs.subject, variant, programs.peers, sink.addresses);
  const server = await begin();
  const client = apart ? await begin() : server;
  const { address } = await server.ask({ do: 'serve' }, 'serving');
  await client.ask({ do: 'connect', address }, 'done');
  return { variant, client, server };
}

async function runSlice(running: Running, workload: Workload, sink: Sink, counted: boolean): Promise<Slice> {
  // Sends what the calls of before have left.
  for (const one of [running.server, running.client]) await one.ask({ do: 'begin' }, 'done');
  const before = await sink.received();
  const unary = await load(running, 'unary', workload.unaryCalls, unaryConcurrency);
  const single = await load(running, 'unary', workload.singleCalls, 1);
  const streams = await load(running, 'stream', workload.streams, streamConcurrency);
  const { spansPerCall, name } = running.variant;
  const calls = workload.unaryCalls + workload.singleCalls + workload.streams;
  const received = (await sink.received()) - before;
  if (counted && spansPerCall !== undefined && received !== spansPerCall * calls) {
    throw new Error(`${name}: ${received} spans came, of ${spansPerCall * calls} of ${calls} calls`);
  }
  return {
    unaryCpuUs: unary.cpuUs / workload.unaryCalls,
    unaryServerCpuUs: unary.serverCpuUs / workload.unaryCalls,
    unaryPerSecond: (workload.unaryCalls / unary.wallMs) * 1_000,
    unaryP50Us: quantile(single.latenciesUs, 0.5),
    unaryP99Us: quantile(single.latenciesUs, 0.99),
    streamCpuUs: streams.cpuUs / workload.streams,
    streamServerCpuUs: streams.serverCpuUs / workload.streams,
    streamPerSecond: (workload.streams / streams.wallMs) * 1_000,
    loopDelayP99Us: unary.loopDelayP99Us,
  };
}

async function load(
  { client, server }: Running,
  shape: 'unary' | 'stream',
  count: number,
  concurrency: number,
) {
  const both = client === server ? [server] : [server, client];
  for (const one of both) await one.ask({ do: 'begin' }, 'done');
  const { latenciesUs, wallMs, loopDelayP99Us } = await client.ask(
    { do: 'load', shape, count, concurrency },
    'load',
  );
  const cpu: number[] = [];
  for (const one of both) cpu.push((await one.ask({ do: 'end' }, 'cpu')).cpuUs);
  const [serverCpuUs = 0, clientCpuUs = 0] = cpu;
  return { latenciesUs, wallMs, loopDelayP99Us, serverCpuUs, cpuUs: serverCpuUs + clientCpuUs };
}
