import { Client, credentials } from '@grpc/grpc-js';
import { tinyModel } from './bench-models.ts';
import { median, spread, table } from './figures.ts';
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
  const client = new Client(mesh.mesh.addresses.api.grpc, credentials.createInsecure());
  const slice: Slice = {
    streams: 1,
    requests: callsPerRound,
    maxTokens: 4,
    kind: 'chat',
    prompts: ['What is a span?', 'What is 2 plus 3?', 'Count from 1 to 5.', 'Hello!'],
  };
  try {
    const figures = { alone: [] as number[], mesh: [] as number[], unary: [] as number[] };
    // Code that runs per request is compiled after some hundred of them; a service is measured warm.
    for (const subject of [alone, mesh]) await subject.run({ ...slice, requests: warmUpCalls });
    for (let round = -1; round < rounds; round++) {
      const inProcess = median((await alone.run(slice)).firstTokenMs);
      const overGrpc = median((await mesh.run(slice)).firstTokenMs);
      const unary = median(await bareCalls(client));
      if (round < 0) continue;
      figures.alone.push(inProcess);
      figures.mesh.push(overGrpc);
      figures.unary.push(unary);
    }
    const added = figures.mesh.map((value, i) => value - figures.alone[i]!);
    print('Time to first token, one request at a time, ryzanstein-tiny');
    print(
      table([
        ['in process', `${spread(figures.alone)} ms`],
        ['through the mesh', `${spread(figures.mesh)} ms`],
        ['one bare unary call', `${spread(figures.unary)} ms`],
        ['added ÷ unary call', `${spread(added.map((value, i) => value / figures.unary[i]!))}   ≤ 5`],
      ]),
    );
  } finally {
    client.close();
    await mesh.close();
    await alone.close();
  }
}

/** Times of health checks: calls of a few bytes that make no span and ask no other service. */
async function bareCalls(client: Client): Promise<number[]> {
  const times: number[] = [];
  for (let call = 0; call < callsPerRound; call++) {
    const startedAt = performance.now();
    await new Promise<void>((resolve, reject) => {
      const done = (error: Error | null): void => (error === null ? resolve() : reject(error));
      client.makeUnaryRequest('/grpc.health.v1.Health/Check', asIs, asIs, Buffer.alloc(0), done);
    });
    times.push(performance.now() - startedAt);
  }
  return times;
}

function asIs(bytes: Buffer): Buffer {
  return bytes;
}
