import { hundredMillionModel, tinyModel } from './bench-models.ts';
import { median, spread, table } from './figures.ts';
import { inProcessSubject, meshSubject, type Subject } from './subjects.ts';
import { plainPrompts, storyPrompts, type Slice } from './workload.ts';

interface Setting {
  readonly name: string;
  readonly modelPath: string;
  readonly slice: Slice;
  readonly rounds: number;
  readonly target: string;
}

// Both sides run with one compute thread, so that they differ in nothing but the mesh.
const threads = 1;

/** Tokens per second through the mesh ÷ in process, at 8 and at 16 streams, in interleaved slices. */
export async function throughput(print: (line: string) => void): Promise<void> {
  const settings: readonly Setting[] = [
    ...[8, 16].map((streams) => ({
      name: '100 M parameters, Q8_0',
      modelPath: hundredMillionModel(),
      slice: { streams, requests: 1, maxTokens: 48, kind: 'text', prompts: plainPrompts } as const,
      rounds: streams === 8 ? 7 : 5,
      target: '≥ 0.95',
    })),
    {
      name: 'ryzanstein-tiny',
      modelPath: tinyModel,
      slice: { streams: 8, requests: 4, maxTokens: 96, kind: 'chat', prompts: storyPrompts },
      rounds: 9,
      target: 'goal 0.6',
    },
  ];
  for (const setting of settings) await compare(setting, print);
}

async function compare(setting: Setting, print: (line: string) => void): Promise<void> {
  const alone = await inProcessSubject(setting.modelPath, threads, setting.slice.streams);
  const mesh = await meshSubject(setting.modelPath, threads, {
    env: { RYZ_SLOTS: String(setting.slice.streams) },
  });
  try {
    const rate = async (subject: Subject): Promise<number> => {
      const { tokens, wallMs } = await subject.run(setting.slice);
      return (tokens / wallMs) * 1_000;
    };
    await rate(alone);
    await rate(mesh);
    const rates = { first: [] as number[], mesh: [] as number[], second: [] as number[] };
    for (let round = 0; round < setting.rounds; round++) {
      // The order turns from round to round, so that a drift of the machine favours nobody.
      const order = (['first', 'mesh', 'second'] as const).map((_, index, all) => all[(index + round) % 3]!);
      for (const who of order) rates[who].push(await rate(who === 'mesh' ? mesh : alone));
    }
    const ratios = rates.mesh.map((value, i) => value / ((rates.first[i]! + rates.second[i]!) / 2));
    const control = rates.first.map((value, i) => value / rates.second[i]!);
    print(`Tokens per second at ${setting.slice.streams} streams, ${setting.name}`);
    print(
      table([
        ['in process', `${median([...rates.first, ...rates.second]).toFixed(0)} tok/s`],
        ['through the mesh', `${median(rates.mesh).toFixed(0)} tok/s`],
        ['mesh ÷ in process', `${spread(ratios)}   ${setting.target}`],
        ['A/A control', spread(control)],
      ]),
    );
  } finally {
    await mesh.close();
    await alone.close();
  }
}
