import { RpcError } from '@ryzanstein/rpc';
import { systemClock, type Clock } from '@ryzanstein/runtime';
import { readFile } from 'node:fs/promises';
import pc from 'picocolors';
import { apiKeyOf } from '../api-key.ts';
import { connectLlm, type LlmClient } from '../chat/chat-call.ts';
import { failureSentence } from '../chat/failure-sentence.ts';
import { CommandFailure, usesColors, type CliIo } from '../cli-io.ts';
import { peerTls } from '../peer-tls.ts';
import { openTraceStore } from '../trace/trace-store.ts';
import { poissonArrivals } from './arrivals.ts';
import { clientTurns } from './clients.ts';
import { closedLoop, openLoop, type LoadLimits, type LoopDeps } from './load-loops.ts';
import { loadDefaults, type LoadOptions } from './load-options.ts';
import { showProgress } from './load-progress.ts';
import { allFailed, loadReport, reportLines, type LoadRun } from './load-report.ts';
import { sendLoadRequest, type LoadRequest } from './load-request.ts';
import { loadTally, tookMs, type LoadTally } from './load-tally.ts';
import { countWords, promptsFromLines, wordPrompts, type PromptSource } from './prompts.ts';
import { seededRandom } from './seeded-random.ts';
import { slowReasons } from './slow-reasons.ts';

// Unlike the services' clock, its timers keep the process alive: nothing else does between two requests.
const clock: Pick<Clock, 'monotonicMs' | 'after'> = {
  monotonicMs: () => systemClock.monotonicMs(),
  after(delayMs, callback) {
    const handle = setTimeout(callback, delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
};

// Until one was answered nobody knows how long an answer takes.
const usualMsAtFirst = 200;

/** Sends a load and prints how it fared: the report to standard output, what happens meanwhile to standard error. */
export async function runLoad(options: LoadOptions, io: CliIo): Promise<void> {
  const client = connectLlm(options.address, { apiKey: apiKeyOf(io.env), tls: peerTls(options, io) });
  try {
    const prompts = await openPrompts(options, client, io);
    const tally = loadTally(options.clients ?? []);
    const progressEnds = showProgress(io, clock, tally.counts);
    const run = await sendAll(options, { client, prompts, tally, io }).finally(progressEnds);
    const traces = openTraceStore(options.traceUrl);
    const reasons = await slowReasons(tally.slowest(), traces, io.interrupted);
    const slowest = tally.slowest().map((result, index) => ({
      totalMs: tookMs(result),
      outcome: result.outcome,
      requestId: result.requestId,
      traceId: result.traceId,
      traceUrl: traces.linkTo(result.traceId),
      reason: reasons[index] ?? '',
    }));
    const report = loadReport(run, tally, slowest);
    io.stdout.write(
      options.json === true ? `${JSON.stringify(report)}\n` : `${reportLines(report).join('\n')}\n`,
    );
    if (run.interrupted) throw new CommandFailure('Ended early.', 130);
    if (allFailed(report))
      throw new CommandFailure(`No request was ${report.requests.sent === 0 ? 'sent' : 'answered'}.`);
  } finally {
    client.close();
  }
}

interface Sending {
  readonly client: LlmClient;
  readonly prompts: PromptSource;
  readonly tally: LoadTally;
  readonly io: CliIo;
}

async function sendAll(options: LoadOptions, { client, prompts, tally, io }: Sending): Promise<LoadRun> {
  const next = requestsOf(options, prompts, () => tally.usualMs() ?? usualMsAtFirst);
  const sendDeps = { client, clock, stop: io.interrupted, onGap: tally.gap };
  const deps: LoopDeps = {
    clock,
    stop: io.interrupted,
    async send(intendedAtMs) {
      tally.began();
      tally.ended(await sendLoadRequest(next(), intendedAtMs, sendDeps));
    },
  };
  const { rate, requests = Infinity, concurrency = loadDefaults.concurrency } = options;
  const limits: LoadLimits = {
    requests,
    durationMs: options.duration ?? (requests === Infinity ? loadDefaults.durationMs : Infinity),
  };
  const startMs = clock.monotonicMs();
  const offeredMs =
    rate === undefined
      ? await closedLoop(concurrency, limits, deps)
      : await openLoop(
          {
            arrivals: poissonArrivals(rate, seededRandom(options.seed, 'arrivals')),
            maxInFlight: options.maxInFlight,
            notSent: tally.notSent,
          },
          limits,
          deps,
        );
  return {
    ...(rate === undefined ? { loop: 'closed', concurrency } : { loop: 'open', wantedRate: rate }),
    seed: options.seed,
    interrupted: io.interrupted.aborted,
    offeredMs,
    tookMs: clock.monotonicMs() - startMs,
  };
}

/** The requests of a load, one after the other; `usualMs` says how long one takes, to cancel within it. */
function requestsOf(options: LoadOptions, prompts: PromptSource, usualMs: () => number): () => LoadRequest {
  const { model, priority, unary = false, timeout: timeoutMs, seed } = options;
  const lengths = seededRandom(seed, 'max-tokens');
  const cancels = seededRandom(seed, 'cancel');
  const turn = clientTurns(options.clients ?? []);
  return () => {
    const clientId = turn()?.id;
    const [cancelled, moment] = [cancels() < options.cancel, cancels()];
    return {
      prompt: prompts(),
      maxTokens: options.maxTokens.draw(lengths),
      unary,
      timeoutMs,
      ...(model === undefined ? {} : { model }),
      ...(priority === undefined ? {} : { priority }),
      ...(clientId === undefined ? {} : { clientId }),
      ...(cancelled ? { cancelAfterMs: moment * usualMs() } : {}),
    };
  };
}

async function openPrompts(options: LoadOptions, client: LlmClient, io: CliIo): Promise<PromptSource> {
  if (options.prompts !== undefined) {
    try {
      return promptsFromLines(await readFile(options.prompts, 'utf8'));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new CommandFailure(`The prompts of ${options.prompts} cannot be read: ${reason}.`, 2, {
        cause: error,
      });
    }
  }
  try {
    const costs = await countWords(client, options.model);
    if (costs.guessed === true) {
      const { yellow } = pc.createColors(usesColors(io.stderr, io.env));
      io.stderr.write(`${yellow('The mesh does not count tokens: each word of a prompt stands for one.')}\n`);
    }
    return wordPrompts(costs, options.promptTokens, seededRandom(options.seed, 'prompts'));
  } catch (error) {
    const situation = { address: options.address, timeoutMs: options.timeout };
    throw new CommandFailure(failureSentence(RpcError.from(error), situation), 1, { cause: error });
  }
}
