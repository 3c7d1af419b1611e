import { bareCall, type BareCall } from './bare-call.ts';
import { tinyModel } from './bench-models.ts';
import { median, quantile, spread, table } from './figures.ts';
import { inProcessSubject, meshSubject, type Subject } from './subjects.ts';
import type { Slice } from './workload.ts';

const threads = 1;
const rounds = 15;
const callsPerRound = 40;
const warmUpCalls = 800;

const warmUp: Slice = {
  streams: 1,
  requests: warmUpCalls,
  maxTokens: 4,
  kind: 'chat',
  prompts: ['What is a span?', 'What is 2 plus 3?', 'Count from 1 to 5.', 'Hello!'],
};

/**
 * How requests follow each other. Back to back, each also waits for what the one before left to do (its
 * lease given back, its spans sent and stored), which takes both cores; after a rest it meets an idle mesh,
 * as the request of somebody who tries it does.
 */
const paces = [
  { name: 'back to back', restMs: undefined },
  { name: 'each after 50 ms of rest', restMs: 50 },
] as const;

/** First token over gRPC − in process, as a multiple of one bare unary call of the same run. */
export async function firstToken(print: (line: string) => void): Promise<void> {
  const alone = await inProcessSubject(tinyModel, threads);
  const mesh = await meshSubject(tinyModel, threads);
  const bare = await bareCall();
  try {
    // Code that runs per request is compiled after some hundred of them; a service is measured warm.
    for (const subject of [alone, mesh]) await subject.run(warmUp);
    await bare.times(warmUpCalls);
    for (const { name, restMs } of paces) {
      print(`Time to first token, one request at a time, ${name}, ryzanstein-tiny`);
      print(table(rowsOf(await measure({ alone, mesh, bare, restMs }))));
    }
  } finally {
    await bare.close();
    await mesh.close();
    await alone.close();
  }
}

// What the ratio rests on is measured twice: the halves show how far the machine can be trusted.
const names = ['alone', 'unary', 'mesh', 'aloneAgain', 'unaryAgain'] as const;
type Name = (typeof names)[number];
type Times = Record<Name, (readonly number[])[]>;

interface Measured {
  readonly alone: Subject;
  readonly mesh: Subject;
  readonly bare: BareCall;
  readonly restMs: number | undefined;
}

async function measure({ alone, mesh, bare, restMs }: Measured): Promise<Times> {
  const slice: Slice = { ...warmUp, requests: callsPerRound, ...(restMs === undefined ? {} : { restMs }) };
  const firstTokens = (subject: Subject) => async () => (await subject.run(slice)).firstTokenMs;
  const unary = (): Promise<readonly number[]> => bare.times(callsPerRound, restMs);
  const run: Record<Name, () => Promise<readonly number[]>> = {
    alone: firstTokens(alone),
    unary,
    mesh: firstTokens(mesh),
    aloneAgain: firstTokens(alone),
    unaryAgain: unary,
  };
  const times: Times = { alone: [], unary: [], mesh: [], aloneAgain: [], unaryAgain: [] };
  for (let round = 0; round < rounds; round++) {
    // The order turns from round to round, so that a drift of the machine favours nobody.
    for (const index of names.keys()) {
      const name = names[(index + round) % names.length]!;
      times[name].push(await run[name]());
    }
  }
  return times;
}

function rowsOf(times: Times): string[][] {
  const medians = (name: Name): number[] => times[name].map(median);
  const both = (one: Name, other: Name): number[] =>
    medians(one).map((value, round) => (value + medians(other)[round]!) / 2);
  const ratios = (one: Name, other: Name): number[] =>
    medians(one).map((value, round) => value / medians(other)[round]!);
  const [own, over, unit] = [both('alone', 'aloneAgain'), medians('mesh'), both('unary', 'unaryAgain')];
  const added = over.map((value, round) => (value - own[round]!) / unit[round]!);
  const fastest = (...of: Name[]): number =>
    quantile(
      of.flatMap((name) => times[name].flat()),
      0.1,
    );
  const [fastAlone, fastUnary] = [fastest('alone', 'aloneAgain'), fastest('unary', 'unaryAgain')];
  const fastMesh = fastest('mesh');
  return [
    ['', 'rounds', 'fastest tenth'],
    ['in process', `${spread(own)} ms`, `${fastAlone.toFixed(2)} ms`],
    ['through the mesh', `${spread(over)} ms`, `${fastMesh.toFixed(2)} ms`],
    ['one bare unary call', `${spread(unit)} ms`, `${fastUnary.toFixed(2)} ms`],
    ['added ÷ unary call', `${spread(added)}   ≤ 5`, ((fastMesh - fastAlone) / fastUnary).toFixed(2)],
    ['A/A in process', spread(ratios('alone', 'aloneAgain')), ''],
    ['A/A unary', spread(ratios('unary', 'unaryAgain')), ''],
  ];
}
