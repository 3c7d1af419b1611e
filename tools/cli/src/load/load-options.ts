import { InvalidArgumentError, Option, type Command } from 'commander';
import {
  countOption,
  numberOption,
  positiveDurationOption,
  priorityOption,
  seedOption,
} from '../option-values.ts';
import { clientsOption, type LoadClient } from './clients.ts';
import { distributionOption, type Distribution } from './distribution.ts';
import type { TlsOptions } from '../peer-tls.ts';

/** The options of `ryz load`. */
export interface LoadOptions extends TlsOptions {
  readonly concurrency?: number;
  /** Requests a second; an open loop. */
  readonly rate?: number;
  readonly maxInFlight: number;
  /** Milliseconds. */
  readonly duration?: number;
  readonly requests?: number;
  readonly promptTokens: Distribution;
  readonly prompts?: string;
  readonly maxTokens: Distribution;
  readonly clients?: readonly LoadClient[];
  /** 0 to 1. */
  readonly cancel: number;
  readonly priority?: number;
  readonly unary?: boolean;
  readonly seed: string;
  readonly model?: string;
  /** Milliseconds. */
  readonly timeout: number;
  readonly address: string;
  readonly traceUrl: string;
  readonly json?: boolean;
}

const standard = { concurrency: 8, durationMs: 10_000 } as const;

/** How many at once, where neither that nor a rate is said; and for how long, where no end is. */
export const loadDefaults = standard;

/** Adds what `ryz load` takes, but for where it asks. */
export function describeLoad(command: Command): Command {
  return command
    .description('send many requests, at a rate or so many at once, and tell how they fared')
    .addOption(
      new Option(
        '-c, --concurrency <count>',
        'closed loop: this many at once, the next when one ends (default: 8)',
      )
        .argParser(countOption)
        .conflicts('rate'),
    )
    .addOption(
      new Option('-r, --rate <per second>', 'open loop: send this many a second, answered or not').argParser(
        rateOption,
      ),
    )
    .addOption(
      new Option('--max-in-flight <count>', 'open loop: send no more while so many are under way')
        .argParser(countOption)
        .default(2_000),
    )
    .option(
      '-d, --duration <duration>',
      'send for this long (default: 10s, or until --requests)',
      positiveDurationOption,
    )
    .option('-n, --requests <count>', 'send this many', countOption)
    .addOption(
      new Option('--prompt-tokens <lengths>', 'length of each prompt of random words')
        .argParser(distributionOption)
        .default(distributionOption('20-60'), '20-60')
        .conflicts('prompts'),
    )
    .option('--prompts <file>', 'prompts to send in turn, one a line')
    .addOption(
      new Option('--max-tokens <lengths>', 'most tokens to generate for each')
        .argParser(distributionOption)
        .default(distributionOption('8-64'), '8-64'),
    )
    .option(
      '--clients <clients>',
      'send in the name of so many clients, in turn, or by weight: web=3,batch=1',
      clientsOption,
    )
    .addOption(
      new Option('--cancel <percent>', 'cancel this part of the requests, at random moments')
        .argParser(percentOption)
        .default(0, '0%'),
    )
    .option('--priority <number>', 'from 0 to 9, higher goes first', priorityOption)
    .addOption(new Option('--stream', 'ask for each answer as it comes (default)').conflicts('unary'))
    .option('--unary', 'ask for each answer in one message')
    .addOption(
      new Option('--seed <number>', 'same seed: same arrivals, lengths and prompts')
        .argParser(seedOption)
        .default('1', '1'),
    )
    .option('-m, --model <name>', 'model to ask (default: the only one)')
    .addOption(
      new Option('--timeout <duration>', 'deadline of each request')
        .argParser(positiveDurationOption)
        .default(60_000, '60s'),
    );
}

/** What stands below the options. */
export const loadHelp = `
Lengths are a count (64), a range (20-200, each alike) or one of uniform:20,200,
exponential:mean[,most] and lognormal:median,sigma[,most], such as lognormal:64,0.8,512.

In an open loop the first token and the whole answer count from when a request was to be
sent: a mesh that cannot keep up shows its queue. What --max-in-flight keeps from being sent
is reported. Times are of answered requests. Ctrl-C reports what there is.

Where the mesh asks for a key, its fair queue goes by the name of the key, not by --clients.

Exit code 0: at least one request was answered or, as asked, cancelled.`;

function rateOption(text: string): number {
  const rate = numberOption(text);
  if (rate <= 0 || rate > 100_000)
    throw new InvalidArgumentError('It must be more than 0 and at most 100000.');
  return rate;
}

function percentOption(text: string): number {
  const percent = Number(/^(\d+(?:\.\d+)?) ?%?$/.exec(text)?.[1]);
  if (!(percent >= 0 && percent <= 100)) throw new InvalidArgumentError('It must be from 0% to 100%.');
  return percent / 100;
}
