import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tinyModel } from './bench-models.ts';
import { table } from './figures.ts';
import { meshSubject } from './subjects.ts';
import { storyPrompts } from './workload.ts';

const marks = [500, 1_000, 2_000, 3_500, 5_000];
const streams = 16;
const limitsMb: Readonly<Record<string, number>> = { 'inference-engine': 300 };
const usualLimitMb = 130;

/**
 * Resident memory of each process after more and more chats. What is kept for good shows as growth
 * from mark to mark; what V8 and malloc leave uncollected goes up and down.
 */
export async function memory(print: (line: string) => void): Promise<void> {
  // As `npm start` has it: a store in memory would show the traces that it keeps as growth.
  const folder = mkdtempSync(join(tmpdir(), 'ryzanstein-bench-'));
  const subject = await meshSubject(tinyModel, 1, {
    env: { RYZ_TRACEBOX_FILE: join(folder, 'traces.sqlite') },
  });
  const { processes } = subject.mesh;
  const residentNow = (): Map<string, number> =>
    new Map([...processes].map(([name, { pid }]) => [name, residentMb(pid)]));
  try {
    const atStart = residentNow();
    const seen: Map<string, number>[] = [];
    let done = 0;
    for (const mark of marks) {
      const requests = Math.ceil((mark - done) / streams);
      await subject.run({ streams, requests, maxTokens: 64, kind: 'chat', prompts: storyPrompts });
      done += requests * streams;
      seen.push(residentNow());
    }
    print(`Resident memory in MB after so many chats, ${streams} at a time`);
    print(
      table([
        ['chats', '0', ...marks.map(String), 'last ÷ first', 'limit'],
        ...[...processes.keys()].map((name) => {
          const values = seen.map((resident) => resident.get(name) ?? NaN);
          const ratio = (values.at(-1) ?? NaN) / (values[0] ?? NaN);
          return [
            name,
            ...[atStart.get(name) ?? NaN, ...values].map((value) => value.toFixed(0)),
            ratio.toFixed(3),
            String(limitsMb[name] ?? usualLimitMb),
          ];
        }),
      ]),
    );
  } finally {
    await subject.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Resident memory of a process in MB. */
export function residentMb(pid: number | undefined): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return (Number(line?.[1]) * 1_024) / 1e6;
}
