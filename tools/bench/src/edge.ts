import { llmService } from '@ryzanstein/contracts';
import { createRpcClient } from '@ryzanstein/rpc';
import { Agent, request, type IncomingMessage } from 'node:http';
import { hundredMillionModel, tinyModel } from './bench-models.ts';
import { eventsOf } from './event-reader.ts';
import { median, quantile, spread, table } from './figures.ts';
import { meshSubject } from './subjects.ts';
import { plainPrompts, runSlice, type Slice } from './workload.ts';

const streams = 16;
const rounds = 7;

interface Setting {
  readonly name: string;
  readonly modelPath: string;
  readonly slice: Slice;
}

/** What one slice gave: its tokens per second, and the time between the pieces of each stream; ms. */
interface Flow {
  readonly rate: number;
  readonly gapsMs: readonly number[];
}

/** Text through the HTTP edge ÷ through gRPC, at 16 streams, in interleaved slices against one mesh. */
export async function edge(print: (line: string) => void): Promise<void> {
  const slice = { streams, kind: 'text', prompts: plainPrompts } as const;
  const settings: readonly Setting[] = [
    {
      name: '100 M parameters, Q8_0',
      modelPath: hundredMillionModel(),
      slice: { ...slice, requests: 1, maxTokens: 48 },
    },
    { name: 'ryzanstein-tiny', modelPath: tinyModel, slice: { ...slice, requests: 4, maxTokens: 96 } },
  ];
  for (const setting of settings) await compare(setting, print);
}

async function compare({ name, modelPath, slice }: Setting, print: (line: string) => void): Promise<void> {
  const subject = await meshSubject(modelPath, 1, { env: { RYZ_SLOTS: String(streams) } });
  const { grpc, http } = subject.mesh.addresses.api;
  const client = createRpcClient(llmService, grpc);
  const agent = new Agent({ keepAlive: true, maxSockets: streams });

  const overGrpc = async (prompt: string, { maxTokens }: Slice, onPiece: () => void): Promise<number> => {
    for await (const chunk of client.CompleteStream({ prompt, maxTokens })) {
      if (chunk.usage !== null) return chunk.usage.completionTokens;
      onPiece();
    }
    throw new Error('the stream ended without usage');
  };
  const overHttp = async (prompt: string, { maxTokens }: Slice, onPiece: () => void): Promise<number> => {
    const answer = await post(agent, `http://${http}/v1/completions`, {
      prompt,
      max_tokens: maxTokens,
      stream: true,
      stream_options: { include_usage: true },
    });
    let tokens = 0;
    for await (const data of eventsOf(answer)) {
      if (data === '[DONE]') continue;
      const { choices, usage } = JSON.parse(data) as Piece;
      if (choices.length > 0 && choices[0]?.text !== '') onPiece();
      tokens = usage?.completion_tokens ?? tokens;
    }
    return tokens;
  };

  try {
    const names = ['grpc', 'http', 'grpcAgain'] as const;
    const flows: Record<(typeof names)[number], Flow[]> = { grpc: [], http: [], grpcAgain: [] };
    const run = (who: (typeof names)[number]): Promise<Flow> =>
      flow(slice, who === 'http' ? overHttp : overGrpc);
    for (const who of ['grpc', 'http'] as const) await run(who);
    for (let round = 0; round < rounds; round++) {
      // The order turns from round to round, so that a drift of the machine favours nobody.
      for (const index of names.keys()) {
        const who = names[(index + round) % names.length]!;
        flows[who].push(await run(who));
      }
    }
    print(`Text at ${streams} streams over HTTP and over gRPC, ${name}`);
    print(table(rowsOf(flows)));
  } finally {
    agent.destroy();
    client.close();
    await subject.close();
  }
}

interface Piece {
  readonly choices: readonly { readonly text: string }[];
  readonly usage?: { readonly completion_tokens: number } | null;
}

type Ask = (prompt: string, slice: Slice, onPiece: () => void) => Promise<number>;

async function flow(slice: Slice, ask: Ask): Promise<Flow> {
  const gapsMs: number[] = [];
  const { tokens, wallMs } = await runSlice(slice, (prompt, of) => {
    let lastMs: number | undefined;
    return ask(prompt, of, () => {
      const nowMs = performance.now();
      if (lastMs !== undefined) gapsMs.push(nowMs - lastMs);
      lastMs = nowMs;
    });
  });
  return { rate: (tokens / wallMs) * 1_000, gapsMs };
}

function post(agent: Agent, url: string, body: unknown): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    request(url, { method: 'POST', agent, headers }, (answer) => {
      if (answer.statusCode === 200) resolve(answer.setEncoding('utf8'));
      else reject(new Error(`the edge answered ${answer.statusCode}`));
    })
      .on('error', reject)
      .end(JSON.stringify(body));
  });
}

function rowsOf({ grpc, http, grpcAgain }: Record<'grpc' | 'http' | 'grpcAgain', Flow[]>): string[][] {
  const p99 = ({ gapsMs }: Flow): number => quantile(gapsMs, 0.99);
  const toBoth = (of: (flow: Flow) => number): number[] =>
    http.map((flow, round) => of(flow) / ((of(grpc[round]!) + of(grpcAgain[round]!)) / 2));
  const control = (of: (flow: Flow) => number): number[] =>
    grpc.map((flow, round) => of(flow) / of(grpcAgain[round]!));
  const rate = (flow: Flow): number => flow.rate;
  const figure = (of: (flow: Flow) => number, flows: readonly Flow[]): string =>
    median(flows.map(of)).toFixed(1);
  const both = [...grpc, ...grpcAgain];
  return [
    ['', 'tokens per second', 'p99 gap between pieces'],
    ['over gRPC', `${figure(rate, both)} tok/s`, `${figure(p99, both)} ms`],
    ['over HTTP', `${figure(rate, http)} tok/s`, `${figure(p99, http)} ms`],
    ['HTTP ÷ gRPC', `${spread(toBoth(rate))}   ≥ 0.97`, `${spread(toBoth(p99))}   ≤ 1.5`],
    ['A/A control', spread(control(rate)), spread(control(p99))],
  ];
}
