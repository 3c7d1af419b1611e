import { Client, credentials } from '@grpc/grpc-js';
import { median, quantile, spread, table } from './figures.ts';
import { freePort, startBlackHole, startCollector, startSubject } from './outage-processes.ts';
import type { SubjectState } from './outage-subject.ts';

type Print = (line: string) => void;

/** What the absence of a collector costs: spans, memory, requests and the way out. `seconds`: of the long one. */
export async function outage(print: Print, seconds = 60): Promise<void> {
  await shortOutage(print);
  await longOutage(print, seconds);
  await requestsMeanwhile(print);
  await wayOut(print);
}

const goneSeconds = 30;
const spansPerSecond = 100;

/** The collector is killed, and started again on the same port. */
async function shortOutage(print: Print): Promise<void> {
  const [before, { port }] = await startCollector();
  const [subject] = await startSubject(port);
  await subject.ask({ do: 'end', perSecond: spansPerSecond, seconds: 3 });
  const received = await before.ask({});
  await before.kill();
  await subject.ask({ do: 'end', perSecond: spansPerSecond, seconds: goneSeconds });
  const [after, { listeningEpochMs }] = await startCollector(port);
  await subject.ask({ do: 'end', perSecond: spansPerSecond, seconds: 5 });
  const state = await subject.ask({ do: 'stop' });
  const { spans, firstEpochMs } = await after.ask({});
  await subject.kill();
  await after.kill();
  const arrived = received.spans + spans;
  print(`Collector gone for ${goneSeconds} s at ${spansPerSecond} spans/s`);
  print(
    table([
      ['spans ended', String(state.ended), accounts(state)],
      ['arrived', String(arrived)],
      ['lost', `${(100 * (1 - arrived / state.ended)).toFixed(2)} %`, '≤ 1.5 %'],
      ['from its return to the first export', `${firstEpochMs - listeningEpochMs} ms`, '≤ 2 000 ms'],
    ]),
  );
}

const marks = [0.1, 0.5, 1];

/** Nobody listens. What does not fit the queue is lost, and the process does not grow. */
export async function longOutage(print: Print, seconds: number): Promise<void> {
  const [subject, first] = await startSubject(await freePort());
  const rows = [['start', `${first.residentMiB.toFixed(0)} MiB`]];
  let before = 0;
  for (const mark of marks) {
    const state = await subject.ask({ do: 'end', perSecond: 5_000, seconds: seconds * (mark - before) });
    before = mark;
    const at = `${(seconds * mark).toFixed(0)} s`;
    rows.push([at, `${state.residentMiB.toFixed(0)} MiB`, `${state.ended} ended, ${state.queued} queued`]);
  }
  const state = await subject.ask({ do: 'stop' });
  await subject.kill();
  print(`Collector gone for ${seconds} s at 5000 spans/s: resident memory`);
  print(table([...rows, ['stopped', '', accounts(state)]]));
}

const rounds = 11;
const callsPerSlice = 1_500;

/** 99th percentile of a small unary call of a service whose collector swallows everything ÷ of one whose does not. */
async function requestsMeanwhile(print: Print): Promise<void> {
  const [collector, { port }] = await startCollector();
  const hole = await startBlackHole();
  const subjects = await Promise.all([port, hole.port, port].map((where) => startSubject(where)));
  const clients = subjects.map(
    ([, { port: at }]) => new Client(`127.0.0.1:${at}`, credentials.createInsecure()),
  );
  const p99 = clients.map(() => [] as number[]);
  for (const client of clients) await slice(client);
  for (let round = 0; round < rounds; round += 1) {
    // The order turns from round to round, so that a drift of the machine favours nobody.
    for (let turn = 0; turn < clients.length; turn += 1) {
      const who = (round + turn) % clients.length;
      p99[who]?.push(quantile(await slice(clients[who] as Client), 0.99));
    }
  }
  const [healthy = [], holed = [], control = []] = p99;
  const ratios = holed.map((value, i) => value / (((healthy[i] ?? NaN) + (control[i] ?? NaN)) / 2));
  const states = await Promise.all(subjects.map(([subject]) => subject.ask({ do: 'stop' })));
  clients.forEach((client) => client.close());
  await Promise.all(subjects.map(([subject]) => subject.kill()));
  await collector.kill();
  hole.close();
  print(
    `99th percentile of a unary call while the collector is a black hole, ${rounds} rounds of ${callsPerSlice}`,
  );
  print(
    table([
      ['healthy', `${median([...healthy, ...control]).toFixed(2)} ms`, accounts(states[0])],
      ['black hole', `${median(holed).toFixed(2)} ms`, accounts(states[1])],
      ['black hole ÷ healthy', spread(ratios), '≤ 1.1 × A/A'],
      ['A/A control', spread(healthy.map((value, i) => value / (control[i] ?? NaN)))],
    ]),
  );
}

async function slice(client: Client): Promise<number[]> {
  const asIs = (bytes: Buffer): Buffer => bytes;
  const request = Buffer.from('ping');
  const tookMs: number[] = [];
  for (let call = 0; call < callsPerSlice; call += 1) {
    const startedMs = performance.now();
    await new Promise<void>((resolve, reject) => {
      client.makeUnaryRequest('/bench.Outage/Echo', asIs, asIs, request, (error) =>
        error ? reject(error) : resolve(),
      );
    });
    tookMs.push(performance.now() - startedMs);
  }
  return tookMs;
}

/** How long a shutdown takes with spans in the queue. */
async function wayOut(print: Print): Promise<void> {
  const [hung, { port }] = await startCollector(0, 'hang');
  const hole = await startBlackHole();
  const rows: string[][] = [];
  for (const [name, where] of [
    ['never answers', port],
    ['black hole', hole.port],
    ['gone', await freePort()],
  ] as const) {
    const [subject] = await startSubject(where);
    await subject.ask({ do: 'end', perSecond: 1_000, seconds: 2 });
    const state = await subject.ask({ do: 'stop' });
    await subject.kill();
    rows.push([name, `${state.shutdownMs.toFixed(0)} ms`, accounts(state)]);
  }
  await hung.kill();
  hole.close();
  print('Shutdown with 2000 spans, by what is wrong with the collector (≤ 5 000 ms)');
  print(table(rows));
}

function accounts(state: SubjectState | undefined): string {
  if (state === undefined) return '';
  const { ended, sent, lost, queued, inflight } = state;
  const rest = ended - sent - lost;
  return `${ended} ended = ${sent} sent + ${lost} lost${rest === 0 ? '' : ` + ${rest} UNACCOUNTED (${queued} queued, ${inflight} in flight)`}`;
}
