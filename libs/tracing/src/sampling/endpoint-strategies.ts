import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { TelemetryLogger } from '../diagnostics.ts';
import { breakagesOf } from './breakages.ts';
import { pollEvery } from './poll-every.ts';
import { ChangingDecision, type NowMs, type RootDecision } from './root-decision.ts';
import { parseStrategiesAnswer } from './strategies-answer.ts';
import { summaryOf } from './strategies.ts';
import { requestStrategies } from './strategies-request.ts';

const answerWithinMs = 5_000;

export interface EndpointStrategiesOptions {
  readonly service: string;
  /** Without the `service` of its query. */
  readonly endpoint: string;
  readonly pollingIntervalMs: number;
  /** Decides until there is an answer. */
  readonly untilAnswered: RootDecision;
  readonly logger: TelemetryLogger;
  /** Called once, when there is an answer. */
  readonly onAnswered?: () => void;
  /** Default: 5000. */
  readonly timeoutMs?: number;
  readonly nowMs?: NowMs;
}

/**
 * Decides as Jaeger's sampling endpoint says, asked at once and again and again. No answer, or one
 * that cannot be read, leaves everything as it was, and is said once. Keeps no process alive.
 */
export function pollStrategies(options: EndpointStrategiesOptions): {
  decision: RootDecision;
  stop(): void;
} {
  const { service, endpoint, logger, timeoutMs = answerWithinMs } = options;
  const breakages = breakagesOf(endpoint, logger, 'warn');
  const stopped = new AbortController();
  let answered: ChangingDecision | undefined;

  const poll = async () => {
    try {
      const text = await context.with(suppressTracing(ROOT_CONTEXT), () =>
        requestStrategies(endpoint, service, { timeoutMs, signal: stopped.signal }),
      );
      const strategies = parseStrategiesAnswer(text);
      if (stopped.signal.aborted) return;
      if (answered === undefined) {
        answered = new ChangingDecision(service, strategies, options.nowMs);
        options.onAnswered?.();
        logger.info({ source: endpoint }, `sampling strategies of ${service}: ${summaryOf(strategies)}`);
        breakages.forget();
        return;
      }
      const changed = answered.change(strategies);
      if (breakages.mended() || !changed) return;
      logger.info(
        { source: endpoint },
        `sampling strategies of ${service} changed: ${summaryOf(strategies)}`,
      );
    } catch (error) {
      if (stopped.signal.aborted) return;
      const meanwhile = answered === undefined ? 'those that it began with' : 'those of before';
      breakages.report(
        `sampling strategies cannot be polled from ${endpoint}: ${(error as Error).message}; ${meanwhile} stay in force`,
      );
    }
  };
  const stop = pollEvery(options.pollingIntervalMs, 'at once', poll);
  return {
    decision: {
      decide: (randomness, name) => (answered ?? options.untilAnswered).decide(randomness, name),
    },
    stop() {
      stop();
      stopped.abort();
    },
  };
}
