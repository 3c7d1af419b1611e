import { bareCall } from './bare-call.ts';
import { tinyModel } from './bench-models.ts';
import { median, quantile, spread, table } from './figures.ts';
import { inProcessSubject, meshSubject } from './subjects.ts';
import type { Slice } from './workload.ts';

const threads = 1;
const rounds = 15;
const callsPerRound = 40;
const warmUpCalls = 800;

/** First token over gRPC − in process, as a multiple of one bare unary call of the same run. */
export async function firstToken(print: (line: string) => void): Promise<void> {
  const alone = await inProcessSubject(tinyModel, threads);
  const mesh = await meshSubject(tinyModel, threads);
  const bare = await bareCall();
  const slice: Slice = {
    streams: 1,
    requests: callsPerRound,
    maxTokens: 4,
    kind: 'chat',
    prompts: ['What is a span?', 'What is 2 plus 3?', 'Count from 1 to 5.', 'Hello!'],
  };
  const inProcess = async (): Promise<readonly number[]> => (await alone.run(slice)).firstTokenMs;
  const unary = (): Promise<readonly number[]> => bare.times(callsPerRound);
  // What the ratio rests on is measured twice: the halves show how far the machine can be trusted.
  const measured = {
    alone: inProcess,
    unary,
    mesh: async () => (await mesh.run(slice)).firstTokenMs,
    aloneAgain: inProcess,
    unaryAgain: unary,
  };
  const names = Object.keys(measured) as (keyof typeof measured)[];
  const times = Object.fromEntries(names.map((name) => [name, [] as (readonly number[])[]])) as Record<
    keyof typeof measured,
    (readonly number[])[]
  >;
  try {
    // Code that runs per request is compiled after some hundred of them; a service is measured warm.
    for (const subject of [alone, mesh]) await subject.run({ ...slice, requests: warmUpCalls });
    await bare.times(warmUpCalls);
    for (let round = 0; round < rounds; round++) {
      // The order turns from round to round, so that a drift of the machine favours nobody.
      for (const [index] of names.entries()) {
        const name = names[(index + round) % names.length]!;
        times[name].push(await measured[name]());
      }
    }
  } finally {
    await bare.close();
    await mesh.close();
    await alone.close();
  }

  const medians = (name: keyof typeof measured): number[] => times[name].map(median);
  const both = (one: keyof typeof measured, other: keyof typeof measured): number[] =>
    medians(one).map((value, round) => (value + medians(other)[round]!) / 2);
  const ratios = (one: keyof typeof measured, other: keyof typeof measured): number[] =>
    medians(one).map((value, round) => value / medians(other)[round]!);
  const [own, over, unit] = [both('alone', 'aloneAgain'), medians('mesh'), both('unary', 'unaryAgain')];
  const added = over.map((value, round) => (value - own[round]!) / unit[round]!);
  const fastest = (...of: (keyof typeof measured)[]): number =>
    quantile(
      of.flatMap((name) => times[name].flat()),
      0.1,
    );
  const [fastAlone, fastUnary] = [fastest('alone', 'aloneAgain'), fastest('unary', 'unaryAgain')];
  const fastMesh = fastest('mesh');
  print('Time to first token, one request at a time, ryzanstein-tiny');
  print(
    table([
      ['', 'rounds', 'fastest tenth'],
      ['in process', `${spread(own)} ms`, `${fastAlone.toFixed(2)} ms`],
      ['through the mesh', `${spread(over)} ms`, `${fastMesh.toFixed(2)} ms`],
      ['one bare unary call', `${spread(unit)} ms`, `${fastUnary.toFixed(2)} ms`],
      ['added ÷ unary call', `${spread(added)}   ≤ 5`, ((fastMesh - fastAlone) / fastUnary).toFixed(2)],
      ['A/A in process', spread(ratios('alone', 'aloneAgain')), ''],
      ['A/A unary', spread(ratios('unary', 'unaryAgain')), ''],
    ]),
  );
}
