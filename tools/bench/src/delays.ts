import { tinyModel } from './bench-models.ts';
import { median, table } from './figures.ts';
import { meshSubject } from './subjects.ts';
import { llmService } from '@ryzanstein/contracts';
import type { Timings } from '@ryzanstein/contracts/api';
import { createRpcClient } from '@ryzanstein/rpc';

const plantedMs = 50;
const chats = 40;
const phases = ['leaseWaitMs', 'queueMs', 'prefillMs', 'decodeMs'] as const;
const planted = { lease: 'leaseWaitMs', queue: 'queueMs', prefill: 'prefillMs', decode: 'decodeMs' } as const;

type Phases = Readonly<Record<(typeof phases)[number], number>>;

/** How a delay planted in one phase shows in each. */
export async function delays(print: (line: string) => void): Promise<void> {
  const base = await measure({});
  const rows = [['planted in', ...phases.map((phase) => phase.replace(/Ms$/, ''))]];
  for (const phase of Object.keys(planted)) {
    const delayed = await measure({ RYZ_INJECT_DELAY: `${phase}:${plantedMs}` });
    rows.push([phase, ...phases.map((key) => signed(delayed[key] - base[key]))]);
  }
  const control = await measure({});
  rows.push(['nothing (A/A)', ...phases.map((key) => signed(control[key] - base[key]))]);
  print(`Longer by, in ms, with ${plantedMs} ms planted in one phase (medians of ${chats} chats)`);
  print(table(rows));
}

async function measure(env: Readonly<Record<string, string>>): Promise<Phases> {
  const subject = await meshSubject(tinyModel, 1, { env });
  const client = createRpcClient(llmService, subject.mesh.addresses.api.grpc);
  try {
    const seen: Timings[] = [];
    for (let chat = 0; chat < chats; chat++) {
      const { timings } = await client.Chat({ messages: [{ role: 'user', content: 'What is a span?' }] });
      if (timings !== null) seen.push(timings);
    }
    const of = (key: keyof Phases): number => median(seen.map((timings) => Number(timings[key])));
    return {
      leaseWaitMs: of('leaseWaitMs'),
      queueMs: of('queueMs'),
      prefillMs: of('prefillMs'),
      decodeMs: of('decodeMs'),
    };
  } finally {
    client.close();
    await subject.close();
  }
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
}
