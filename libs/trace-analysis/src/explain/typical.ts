import type { Trace } from '../trace-tree.ts';
import type { TypicalRequest, TypicalTimes } from './explanation.ts';
import { measureRequest, type MeasuredRequest } from './measure-request.ts';

/**
 * Medians of the parts of requests, by operation and model. Requests that failed, and traces without
 * their root, do not count: their times say little of the others'.
 */
export function typicalOf(traces: readonly Trace[]): TypicalTimes {
  const measured = traces.flatMap((trace) => measureRequest(trace) ?? []);
  const whole = measured.filter(({ facts }) => facts.failure === undefined && !facts.rootMissing);
  const groups = Map.groupBy(whole, ({ facts }) => JSON.stringify([facts.operation, facts.model ?? '']));
  return [...groups.values()].map(typicalRequest);
}

/** What a request like this one usually takes; undefined where nothing like it was given. */
export function typicalFor(
  typical: TypicalTimes,
  operation: string,
  model: string | undefined,
): TypicalRequest | undefined {
  const same = typical.filter((one) => one.operation === operation);
  return same.find((one) => one.model === model) ?? (model === undefined ? same[0] : undefined);
}

function typicalRequest(requests: readonly MeasuredRequest[]): TypicalRequest {
  const [first] = requests;
  const names = [...new Set(requests.flatMap(({ partsNs }) => [...partsNs.keys()]))];
  const model = first?.facts.model;
  return {
    operation: first?.facts.operation ?? '',
    ...(model === undefined ? {} : { model }),
    traces: requests.length,
    totalMs: median(requests.map(({ totalNs }) => Number(totalNs) / 1e6)),
    partsMs: Object.fromEntries(
      names.map((name) => [
        name,
        median(requests.map(({ partsNs }) => Number(partsNs.get(name) ?? 0n) / 1e6)),
      ]),
    ),
    promptTokens: median(requests.map(({ promptTokens }) => promptTokens)),
    outputTokens: median(requests.map(({ outputTokens }) => outputTokens)),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}
