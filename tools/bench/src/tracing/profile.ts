import { startSink, startSubject } from './processes.ts';
import type { PartsUs } from './profile-parts.ts';
import type { Programs } from './programs.ts';
import type { Variant } from './variants.ts';

const warmUpCalls = 5_000;
const calls = 20_000;
const concurrency = 32;

/** What a profiler saw of one variant, beside the CPU time that the system counted; both per call. */
export interface Profiled {
  readonly variant: Variant;
  readonly cpuUs: number;
  readonly parts: PartsUs;
}

/** Profiles unary calls of each variant, one after the other, server and client in one process. */
export async function profile(
  programs: Programs,
  variants: readonly Variant[],
  print: (line: string) => void,
): Promise<Profiled[]> {
  const sink = await startSink(programs.sink);
  try {
    const profiled: Profiled[] = [];
    for (const variant of variants) {
      print(`  ${variant.title}`);
      const subject = await startSubject(programs.subject, variant, programs.peers, sink.addresses);
      try {
        const { address } = await subject.ask({ do: 'serve' }, 'serving');
        await subject.ask({ do: 'connect', address }, 'done');
        await subject.ask({ do: 'load', shape: 'unary', count: warmUpCalls, concurrency }, 'load');
        await subject.ask({ do: 'begin' }, 'done');
        await subject.ask({ do: 'profile' }, 'done');
        await subject.ask({ do: 'load', shape: 'unary', count: calls, concurrency }, 'load');
        const { cpuUs } = await subject.ask({ do: 'end' }, 'cpu');
        const { parts } = await subject.ask({ do: 'profiled' }, 'profiled');
        const perCall = Object.entries(parts).map(([part, us]) => [part, us / calls]);
        profiled.push({ variant, cpuUs: cpuUs / calls, parts: Object.fromEntries(perCall) as PartsUs });
      } finally {
        await subject.stop();
      }
    }
    return profiled;
  } finally {
    await sink.stop();
  }
}
