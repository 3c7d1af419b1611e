/**
 * `npm run bench:tracing`: what tracing costs, beside grpc-js alone and beside what else one can
 * install. Prints the findings, and writes them to `docs/` with `--write`.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { measure, type Workload } from './measure.ts';
import { plotOf } from './plot.ts';
import { startSink } from './processes.ts';
import { profile } from './profile.ts';
import { preparePrograms, type Programs } from './programs.ts';
import { printed, reportOf, type Findings, type OperationFigure } from './report.ts';
import { controls, variants } from './variants.ts';

const usage = `npm run bench:tracing [-- options]
  --cycles N     turns of each variant (default 15)
  --only a,b     these variants beside the controls: ${variants.map(({ name }) => name).join(', ')}
  --write        write docs/tracing-cost.md and docs/tracing-cost.svg
`;

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n${usage}`);
  process.exit(2);
}

function options() {
  try {
    return parseArgs({
      options: {
        cycles: { type: 'string', default: '15' },
        only: { type: 'string' },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

const print = (line: string): void => void process.stderr.write(`${line}\n`);

const { cycles: cyclesText, only, write, help } = options();
if (help) {
  process.stdout.write(usage);
  process.exit(0);
}
const cycles = Number(cyclesText);
if (!Number.isInteger(cycles) || cycles < 1)
  fail(`--cycles must be a whole number from 1, not ${cyclesText}`);
const wanted = only?.split(',') ?? variants.map(({ name }) => name);
const unknown = wanted.filter((name) => !variants.some((variant) => variant.name === name));
if (unknown.length > 0) fail(`there is no variant ${unknown.join(', ')}`);
const chosen = variants.filter(
  ({ name }) => wanted.includes(name) || (controls as readonly string[]).includes(name),
);

const workload: Workload = { cycles, unaryCalls: 1_500, singleCalls: 300, streams: 32 };
const programs = await preparePrograms(print);
print(`Server and client in one process: ${chosen.length} variants`);
const together = await measure(programs, chosen, workload, false, print);
print('Server and client in a process each');
const apart = await measure(
  programs,
  chosen.filter((variant) => variant.apart === true),
  workload,
  true,
  print,
);
print('Profiles');
const profiles = await profile(
  programs,
  chosen.filter(({ name, apart }) => apart === true && name !== 'none2'),
  print,
);
print('Single operations');
const findings: Findings = { together, apart, profiles, operations: await operations(programs), cycles };
process.stdout.write(printed(findings));
if (write) {
  const docs = (file: string): string => fileURLToPath(new URL(`../../../../docs/${file}`, import.meta.url));
  const page = docs('tracing-cost.md');
  const options = { ...(await resolveConfig(page)), parser: 'markdown' };
  writeFileSync(page, await format(reportOf(findings), options));
  writeFileSync(docs('tracing-cost.svg'), plotOf(findings));
}

async function operations({ operations: program }: Programs): Promise<OperationFigure[]> {
  const sink = await startSink(programs.sink);
  try {
    const env = {
      PATH: process.env['PATH'],
      OTEL_EXPORTER_OTLP_ENDPOINT: sink.addresses.otlp,
      OTEL_LOGS_EXPORTER: 'none',
    };
    return JSON.parse(
      execFileSync(process.execPath, [program], { env, encoding: 'utf8' }),
    ) as OperationFigure[];
  } finally {
    await sink.stop();
  }
}
