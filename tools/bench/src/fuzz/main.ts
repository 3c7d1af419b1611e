/** `npm run fuzz`: hostile HTTP requests, gRPC calls and HTTP/2 frames against a live mesh. Exits 1 where something is wrong. */
import { parseArgs } from 'node:util';
import { table } from '../figures.ts';
import { fuzzMesh, kinds, type FuzzReport, type Kind } from './fuzz-mesh.ts';

const usage = `npm run fuzz [-- options]
  --cases N        hostile HTTP requests, and as many gRPC calls and connections of HTTP/2 frames together (default 2000)
  --seed TEXT      sends the same again (default: another one each time, printed)
  --only KIND:N    one case of the seed, as a finding names it: ${kinds.map((kind) => `${kind}:7`).join(', ')}
  --minutes N      ends after so long, with however many cases were played
  --crowd N        connections that stop reading, and that say nothing (default 200)
`;

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n${usage}`);
  process.exit(2);
}

function options() {
  try {
    return parseArgs({
      options: {
        cases: { type: 'string', default: '2000' },
        seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
        only: { type: 'string' },
        minutes: { type: 'string' },
        crowd: { type: 'string', default: '200' },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

function caseNamed(text: string): { kind: Kind; index: number } {
  const [name, index = ''] = text.split(':');
  const kind = kinds.find((known) => known === name);
  if (kind === undefined || !/^\d+$/.test(index))
    return fail(`There is no case ${text}; one is ${kinds[0]}:7.`);
  return { kind, index: Number(index) };
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function report({ played, seconds, endings, findings, warnings, memory, before, after }: FuzzReport): void {
  print(`${played} cases in ${seconds.toFixed(0)} s`);
  print(
    table(
      [...endings].sort(([a], [b]) => a.localeCompare(b)).map(([ending, times]) => [ending, String(times)]),
    ),
  );
  print('Resident memory in MB after a tenth and at the end; what is open');
  print(
    table(
      memory.map(({ name, atTenthMb, atEndMb }) => [
        name,
        atTenthMb.toFixed(0),
        atEndMb.toFixed(0),
        `end ÷ tenth ${(atEndMb / atTenthMb).toFixed(3)}`,
        `${before.files.get(name)} → ${after.files.get(name)} files`,
      ]),
    ),
  );
  print('Connections of the servers, before → after');
  print(
    table(
      [...after.connections].map(([name, count]) => [name, `${before.connections.get(name)} → ${count}`]),
    ),
  );
  for (const warning of warnings) print(`  said: ${warning}`);
  for (const finding of findings) print(`  FOUND: ${finding}`);
  print(findings.length === 0 ? 'Nothing is wrong.' : `${findings.length} findings.`);
}

const { cases, seed, only, minutes, crowd, help } = options();
if (help) {
  process.stdout.write(usage);
  process.exit(0);
}
const [count, crowdSize] = [Number(cases), Number(crowd)];
if (!Number.isInteger(count) || count < 1) fail('--cases takes a whole number of at least 1.');
if (!Number.isInteger(crowdSize) || crowdSize < 0) fail('--crowd takes a whole number.');
if (minutes !== undefined && !(Number(minutes) > 0)) fail('--minutes takes a number above 0.');

print(`seed ${seed}`);
const everyMs = 10_000;
let saidMs = performance.now();
const result = await fuzzMesh({
  seed,
  counts: { http: count, grpc: Math.ceil(count / 2), frames: Math.floor(count / 2) },
  crowd: only === undefined ? crowdSize : 0,
  ...(only === undefined ? {} : { only: caseNamed(only) }),
  ...(minutes === undefined ? {} : { forMs: Number(minutes) * 60_000 }),
  onProgress(done, all) {
    if (performance.now() - saidMs < everyMs) return;
    saidMs = performance.now();
    print(`${done} of ${all}`);
  },
});
report(result);
process.exitCode = result.findings.length === 0 ? 0 : 1;
