import { readFileSync } from 'node:fs';
import { tinyModel } from './bench-models.ts';
import { table } from './figures.ts';
import { meshSubject } from './subjects.ts';
import { storyPrompts } from './workload.ts';

const marks = [500, 5_000];
const streams = 16;
const limitsMiB: Readonly<Record<string, number>> = { 'inference-engine': 300 };

/** Resident memory of each process at chat 500 and at chat 5 000. */
export async function memory(print: (line: string) => void): Promise<void> {
  const subject = await meshSubject(tinyModel, 1);
  try {
    const seen: Record<string, number[]> = {};
    let done = 0;
    for (const mark of marks) {
      const requests = Math.ceil((mark - done) / streams);
      await subject.run({ streams, requests, maxTokens: 64, kind: 'chat', prompts: storyPrompts });
      done += requests * streams;
      for (const [name, { pid }] of subject.mesh.processes) (seen[name] ??= []).push(residentMiB(pid));
    }
    print(`Resident memory in MiB after ${marks.join(' and ')} chats, ${streams} at a time`);
    print(
      table(
        Object.entries(seen).map(([name, [first = NaN, last = NaN]]) => [
          name,
          first.toFixed(0),
          last.toFixed(0),
          `× ${(last / first).toFixed(3)}`,
          `limit ${limitsMiB[name] ?? 130}`,
        ]),
      ),
    );
  } finally {
    await subject.close();
  }
}

function residentMiB(pid: number | undefined): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) / 1_024;
}
