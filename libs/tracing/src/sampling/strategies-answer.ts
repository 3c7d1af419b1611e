import { listOf, objectOf, probabilityOf, rateOf, shown, textOf, type JsonObject } from './json-shape.ts';
import type { ServiceStrategies, SourcedStrategy, Strategy } from './strategies.ts';

const named = (strategy: Strategy): SourcedStrategy => ({ strategy, source: 'endpoint' });

/**
 * Reads what Jaeger's `/sampling?service=` answers. It is protobuf as JSON: `strategyType` is a number
 * (2.13), a name (2.20) or left out, and so is every number that is 0.
 *
 * @throws Error with a sentence that names the field that is wrong.
 *
 * @example
 * const { all } = parseStrategiesAnswer('{"probabilisticSampling":{"samplingRate":0.1}}');
 * console.log(strategyText(all.strategy)); // probabilistic 0.1
 */
export function parseStrategiesAnswer(text: string): ServiceStrategies {
  const answer = objectOf(jsonOf(text), 'the answer');
  const operationSampling = answer.operationSampling ?? undefined;
  const strategy = strategyOf(answer);
  if (operationSampling === undefined) {
    if (strategy === undefined) {
      throw new Error(
        'the answer has neither probabilisticSampling, rateLimitingSampling nor operationSampling',
      );
    }
    return { all: named(strategy), operations: new Map(), atLeastPerSecond: 0 };
  }
  const byOperation = objectOf(operationSampling, 'operationSampling');
  const operations = new Map<string, SourcedStrategy>();
  const at = 'operationSampling.perOperationStrategies';
  for (const [index, value] of listOf(byOperation.perOperationStrategies, at).entries()) {
    const operation = objectOf(value, `${at}[${index}]`);
    const sampling = objectOf(operation.probabilisticSampling, `${at}[${index}].probabilisticSampling`);
    const probability = probabilityOf(sampling.samplingRate ?? 0, `${at}[${index}].samplingRate`);
    operations.set(
      textOf(operation.operation, `${at}[${index}].operation`),
      named({ kind: 'probabilistic', probability }),
    );
  }
  const fallback = {
    kind: 'probabilistic',
    probability: probabilityOf(
      byOperation.defaultSamplingProbability ?? 0,
      'operationSampling.defaultSamplingProbability',
    ),
  } as const;
  return {
    // Of a rate-limited service Jaeger gives a default probability that nobody configured.
    all: named(strategy?.kind === 'ratelimiting' ? strategy : fallback),
    operations,
    atLeastPerSecond: rateOf(
      byOperation.defaultLowerBoundTracesPerSecond ?? 0,
      'operationSampling.defaultLowerBoundTracesPerSecond',
    ),
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // Without the parser's own words: they quote the answer, which may differ each time.
    throw new Error('the answer is no JSON', { cause: error });
  }
}

function strategyOf(answer: JsonObject): Strategy | undefined {
  const { probabilisticSampling, rateLimitingSampling } = answer;
  const type = answer.strategyType ?? undefined;
  const isRate =
    type === undefined
      ? (probabilisticSampling ?? undefined) === undefined &&
        (rateLimitingSampling ?? undefined) !== undefined
      : type === 1 || type === 'RATE_LIMITING';
  if (!isRate && type !== undefined && type !== 0 && type !== 'PROBABILISTIC')
    throw new Error(`strategyType must be PROBABILISTIC (0) or RATE_LIMITING (1), not ${shown(type)}`);
  const given = (isRate ? rateLimitingSampling : probabilisticSampling) ?? undefined;
  if (given === undefined) return undefined;
  if (isRate) {
    const { maxTracesPerSecond = 0 } = objectOf(given, 'rateLimitingSampling');
    return {
      kind: 'ratelimiting',
      tracesPerSecond: rateOf(maxTracesPerSecond, 'rateLimitingSampling.maxTracesPerSecond'),
    };
  }
  const { samplingRate = 0 } = objectOf(given, 'probabilisticSampling');
  return {
    kind: 'probabilistic',
    probability: probabilityOf(samplingRate, 'probabilisticSampling.samplingRate'),
  };
}
