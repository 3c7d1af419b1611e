import { Command, CommanderError, Option } from 'commander';
import pc from 'picocolors';
import { runCerts, type CertsOptions } from './certs/certs-command.ts';
import { runDevices, type DevicesOptions } from './devices/devices-command.ts';
import { runDoctor } from './doctor/doctor-command.ts';
import { placeOption, type DoctorOptions } from './doctor/places.ts';
import { runChat, type ChatOptions } from './chat/chat-command.ts';
import { CommandFailure, usesColors, widthOf, type CliIo } from './cli-io.ts';
import { addKeys } from './keys/describe-keys.ts';
import { runLeases, type LeasesOptions } from './leases/leases-command.ts';
import { runLoad } from './load/load-command.ts';
import { describeLoad, loadHelp, type LoadOptions } from './load/load-options.ts';
import {
  addressOption,
  countOption,
  durationOption,
  numberOption,
  hostNames,
  positiveDurationOption,
  priorityOption,
  repeated,
  requestIdOption,
  seedOption,
  urlOption,
} from './option-values.ts';
import { addTlsOptions } from './peer-tls.ts';
import { runSampling, type SamplingOptions } from './sampling/sampling-command.ts';
import { runSlow, type SlowOptions } from './slow/slow-command.ts';
import { runTrace, type TraceOptions } from './trace/trace-command.ts';
import { runWhy, type WhyOptions } from './why/why-command.ts';

const usageFailed = 2;

/**
 * Runs one command line (without node and script) and gives its exit code: 0 done, 1 failed,
 * 2 wrong usage, 130 interrupted. Never throws.
 */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  const { red } = pc.createColors(usesColors(io.stderr, io.env));
  try {
    await createProgram(io).parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageFailed;
    if (error instanceof CommandFailure) {
      io.stderr.write(`${red(error.message)}\n`);
      return error.exitCode;
    }
    io.stderr.write(`${red(`ryz failed: ${error instanceof Error ? error.message : String(error)}`)}\n`);
    return 1;
  }
}

function createProgram(io: CliIo): Command {
  const program = new Command('ryz')
    .description('Talks to a Ryzanstein mesh and shows where the time of each request went.')
    .version(io.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => widthOf(io.stdout, io.env),
      getErrHelpWidth: () => widthOf(io.stderr, io.env),
      getOutHasColors: () => usesColors(io.stdout, io.env),
      getErrHasColors: () => usesColors(io.stderr, io.env),
    })
    .showHelpAfterError('(ryz --help tells more)')
    .addHelpText(
      'after',
      '\nRYZ_API_KEY is the key that the mesh is shown, where it asks for one.\nExit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted.',
    );
  addChat(program, io);
  addTrace(program, io);
  addDevices(program, io);
  addLeases(program, io);
  addWhy(program, io);
  addSlow(program, io);
  addSampling(program, io);
  addDoctor(program, io);
  addLoad(program, io);
  addKeys(program, io);
  addCerts(program, io);
  const talking = ['chat', 'devices', 'leases', 'doctor', 'load'];
  for (const command of program.commands) if (talking.includes(command.name())) addTlsOptions(command);
  return program;
}

function addChat(program: Command, io: CliIo): void {
  program
    .command('chat')
    .description('send a prompt and print the answer as it comes')
    .argument('<prompt...>', 'the prompt; - reads it from standard input')
    .option('-m, --model <name>', 'model to ask (default: the only one)')
    .option('-n, --max-tokens <count>', 'most tokens to generate', countOption)
    .option('-t, --temperature <number>', 'randomness, 0 (none) to 2', numberOption)
    .option('--seed <number>', 'same seed, same engine: same text', seedOption)
    .option('-s, --system <text>', 'instruction that stands before the prompt')
    .option('--stop <text>', 'end before this text; may be repeated, at most 4 times', repeated)
    .option('--priority <number>', 'from 0 to 9, higher goes first', priorityOption)
    .addOption(new Option('--format <form>', 'hold the answer to any JSON object').choices(['json']))
    .option('--json-schema <file>', 'hold the answer to the JSON Schema in this file')
    .option('--complete', 'continue the prompt as plain text, without a chat template')
    .option('--unary', 'ask for the whole answer in one message')
    .option('--request-id <id>', 'x-request-id of the call (default: a new one)', requestIdOption)
    .addOption(
      new Option('--timeout <duration>', 'give up after this long: 500ms, 30s, 2m')
        .argParser(positiveDurationOption)
        .default(60_000, '60s'),
    )
    .addOption(
      fromEnvironment('-a, --address <host:port>', 'the api-server', addressOption, {
        io,
        variable: 'RYZ_API_ADDRESS',
        standard: 'localhost:50051',
      }),
    )
    .addOption(traceUrl(io))
    .option('--json', 'print one JSON object when the answer is complete')
    .addHelpText(
      'after',
      '\nThe answer goes to standard output, its tokens, times and trace to standard error.\nCtrl-C cancels the call.',
    )
    .action(async (words: string[], options: ChatOptions) => runChat(words.join(' '), options, io));
}

function addTrace(program: Command, io: CliIo): void {
  program
    .command('trace')
    .description('show a trace as a waterfall')
    .argument('<id>', 'trace id, request id, id of a reply, traceparent or address of a trace page')
    .addOption(
      new Option('-w, --wait <duration>', 'wait this long for spans that have not arrived yet')
        .argParser(durationOption)
        .default(5_000, '5s'),
    )
    .option('--verify', 'check that the trace is whole and consistent; exit code 1 where it is not')
    .option('-l, --logs', 'also show the log records of the trace, where the store keeps them')
    .addOption(traceUrl(io))
    .option('--json', 'print the trace as one JSON object, its spans as a tree')
    .addHelpText(
      'after',
      '\nReads any Jaeger from 2.13 on, and tracebox. A span marked ? misses its parent.\nqueue, prefill and decode are drawn as ░, ▒ and ▓; ◆ is the first token.',
    )
    .action(async (id: string, options: TraceOptions) => runTrace(id, options, io));
}

function addDevices(program: Command, io: CliIo): void {
  program
    .command('devices')
    .description('show the devices of the mesh, what runs on them, and how many requests wait')
    .addOption(coordinatorAddress(io))
    .option('-w, --watch', 'show them again every second, until Ctrl-C')
    .option('--json', 'print one JSON object, one a second with --watch')
    .action(async (options: DevicesOptions) => runDevices(options, io));
}

function addLeases(program: Command, io: CliIo): void {
  program
    .command('leases')
    .description('show which requests hold a device now')
    .addOption(coordinatorAddress(io))
    .option('-w, --watch', 'then show every change as it comes, until Ctrl-C')
    .option('--json', 'print one JSON object per line')
    .addHelpText(
      'after',
      '\nHELD had its lease already, GRANTED has it now, RELEASED gave it back, REVOKED lost it,\nWAITING queues for one, LEFT queues no more.',
    )
    .action(async (options: LeasesOptions) => runLeases(options, io));
}

function coordinatorAddress(io: CliIo): Option {
  return fromEnvironment('-c, --coordinator <host:port>', 'the gpu-coordinator', addressOption, {
    io,
    variable: 'RYZ_COORDINATOR_ADDRESS',
    standard: 'localhost:50052',
  });
}

function addWhy(program: Command, io: CliIo): void {
  program
    .command('why')
    .description('say where the time of a request went, whom it waited for, and what is usual')
    .argument('<id>', 'trace id, request id, id of a reply, traceparent or address of a trace page')
    .addOption(
      new Option('-w, --wait <duration>', 'wait this long for spans that have not arrived yet')
        .argParser(durationOption)
        .default(5_000, '5s'),
    )
    .option('--no-compare', 'do not look at other requests of the same operation')
    .addOption(traceUrl(io))
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nThe parts are what the end of the request waited for; they sum to its whole time.' +
        '\nUsual is the median of up to 50 others of its operation, of the last day.',
    )
    .action(async (id: string, options: WhyOptions) => runWhy(id, options, io));
}

function addSlow(program: Command, io: CliIo): void {
  program
    .command('slow')
    .description('list the slowest requests of the last minutes, each with its reason')
    .addOption(
      new Option('--last <duration>', 'how far to look back')
        .argParser(durationOption)
        .default(600_000, '10m'),
    )
    .addOption(new Option('-c, --count <count>', 'how many to list').argParser(countOption).default(10))
    .option('--operation <name>', 'of this operation alone, such as LlmService/ChatStream')
    .addOption(traceUrl(io))
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nLooks at the newest 500 requests of that time, and compares them with each other.',
    )
    .action(async (options: SlowOptions) => runSlow(options, io));
}

function addSampling(program: Command, io: CliIo): void {
  program
    .command('sampling')
    .description('show how often traces are kept, by service and operation, and why')
    .argument('[service...]', 'services to show (default: those of the mesh, and all that the file names)')
    .option(
      '-f, --file <path>',
      'strategies file (env: RYZ_SAMPLING_FILE; default: configs/sampling-strategies.json)',
    )
    .option(
      '-e, --endpoint <url>',
      "ask Jaeger's sampling endpoint, such as http://localhost:5778/sampling",
      urlOption,
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nThis concerns traces that begin in the service. One that a caller began is kept where the caller keeps it.',
    )
    .action(async (services: string[], options: SamplingOptions) => runSampling(services, options, io));
}

function addDoctor(program: Command, io: CliIo): void {
  program
    .command('doctor')
    .description(
      'send one request, follow its telemetry through every part, and name the first that is broken',
    )
    .addOption(
      fromEnvironment('-a, --address <host:port>', 'the api-server', addressOption, {
        io,
        variable: 'RYZ_API_ADDRESS',
        standard: 'localhost:50051',
      }),
    )
    .addOption(traceUrl(io))
    .option('--otlp <url>', 'where services send telemetry (env: OTEL_EXPORTER_OTLP_ENDPOINT)')
    .option(
      '--collector-metrics <url>',
      "the Collector's own metrics (default: what Prometheus scraped)",
      placeOption,
    )
    .option('--prometheus <url>', 'Prometheus (default: http://localhost:9090)', placeOption)
    .option('--elasticsearch <url>', 'Elasticsearch (default: http://localhost:9200)', placeOption)
    .option('--elasticsearch-user <name>', 'user to ask it as (default with a password: elastic)')
    .option('--elasticsearch-password-file <path>', "file with that user's password")
    .option('--grafana <url>', 'Grafana (default: http://localhost:3000)', placeOption)
    .option('--kibana <url>', 'Kibana (default: http://localhost:5601)', placeOption)
    .option('--sampling <url or file>', "strategies, or Jaeger's endpoint (default: RYZ_SAMPLING_FILE)")
    .option('--traceparent <value>', 'send the request under this context of a caller')
    .addOption(
      new Option('--timeout <duration>', 'how long telemetry may take to arrive')
        .argParser(durationOption)
        .default(20_000, '20s'),
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nA URL of `none` leaves that part out. What nothing listens for at its default address is skipped, and said so;' +
        '\nwhat was named must answer. Exit code 0: no hop is broken.',
    )
    .action(async (options: DoctorOptions) => runDoctor(options, io));
}

function addLoad(program: Command, io: CliIo): void {
  describeLoad(program.command('load'))
    .addOption(
      fromEnvironment('-a, --address <host:port>', 'the api-server', addressOption, {
        io,
        variable: 'RYZ_API_ADDRESS',
        standard: 'localhost:50051',
      }),
    )
    .addOption(traceUrl(io))
    .option('--json', 'print the report as one JSON object')
    .addHelpText('after', loadHelp)
    .action(async (options: LoadOptions) => runLoad(options, io));
}

function addCerts(program: Command, io: CliIo): void {
  program
    .command('certs')
    .description('make a local authority and certificates of the mesh, or renew them')
    .option('-o, --out <folder>', 'folder to put them in', 'certs')
    .addOption(new Option('-d, --days <count>', 'how long they are valid').argParser(countOption).default(30))
    .option(
      '--names <names>',
      'more names and IP addresses at which the services are reached, separated by commas; may be repeated',
      hostNames,
    )
    .option('--shared-keys', 'let every user read the keys, as containers with users of their own need')
    .addHelpText(
      'after',
      '\nEach of api-server, gpu-coordinator, inference-engine, otel-collector and client gets <name>.pem and' +
        '\n<name>-key.pem (ECDSA P-256), for localhost, 127.0.0.1, ::1 and its own name. An authority that is' +
        '\nthere (ca.pem, ca-key.pem) is kept, so that whoever trusts it goes on to.',
    )
    .action(async (options: CertsOptions) => runCerts(options, io));
}

function traceUrl(io: CliIo): Option {
  return fromEnvironment('--trace-url <url>', 'where traces are kept and shown', urlOption, {
    io,
    variable: 'RYZ_TRACE_URL',
    standard: 'http://localhost:16686',
  });
}

// Commander's own .env() reads the process's environment, and this program reads what it is given.
function fromEnvironment(
  flags: string,
  description: string,
  parse: (text: string) => string,
  { io, variable, standard }: { io: CliIo; variable: string; standard: string },
): Option {
  const option = new Option(flags, `${description} (env: ${variable})`).argParser(parse);
  const given = io.env[variable] ?? '';
  if (given === '') return option.default(standard);
  try {
    return option.default(parse(given), given);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(`${variable}=${given} is not allowed. ${reason}`, usageFailed, { cause: error });
  }
}
