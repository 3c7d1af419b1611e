import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace';
import { MeshSampler } from './mesh-sampler.ts';
import { probabilistic } from './root-decision.ts';

const count = 100_000;
const sigmas = 5;

/** Marsaglia's xorshift, 32 bits: the same ids in each run. */
function* randomWords(seed: number): Generator<number, never> {
  for (let word = seed; ;) {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    yield word >>> 0;
  }
}

function traceIds(seed: number): string[] {
  const words = randomWords(seed);
  const hex = () => words.next().value.toString(16).padStart(8, '0');
  return Array.from({ length: count }, () => hex() + hex() + hex() + hex());
}

interface Kept {
  readonly traceId: string;
  readonly state: string;
}

function keptOf(ids: readonly string[], probability: number, service: string): Kept[] {
  const sampler = new MeshSampler({
    root: probabilistic(probability, service),
    parentBased: true,
    forcible: true,
    service,
  });
  return ids.flatMap((traceId) => {
    const result = sampler.shouldSample(ROOT_CONTEXT, traceId, 'any', SpanKind.SERVER, {}, []);
    if (result.decision !== SamplingDecision.RECORD_AND_SAMPLED) return [];
    return [{ traceId, state: result.traceState?.serialize() ?? '' }];
  });
}

/** Of how many traces a kept one speaks, as a collector reads it from `th`. */
function adjustedCount(state: string): number {
  const threshold = /(?:^|,)ot=th:([0-9a-f]{1,14})(?:,|$)/.exec(state)?.[1] ?? '';
  const refused = Number.parseInt(threshold.padEnd(14, '0'), 16);
  return 2 ** 56 / (2 ** 56 - refused);
}

const ids = traceIds(0x5eed);

describe.each([0.01, 0.1, 0.5])('of 100,000 traces at a probability of %d', (probability) => {
  const kept = keptOf(ids, probability, 'ryzanstein-api');

  it('keeps that share', () => {
    const deviation = Math.sqrt(count * probability * (1 - probability));
    expect(Math.abs(kept.length - count * probability)).toBeLessThan(sigmas * deviation);
  });

  it('lets a collector count them all', () => {
    const counted = kept.reduce((sum, { state }) => sum + adjustedCount(state), 0);
    const deviation = Math.sqrt((count * (1 - probability)) / probability);
    expect(Math.abs(counted - count)).toBeLessThan(sigmas * deviation);
    const each = new Set(kept.map(({ state }) => adjustedCount(state)));
    expect([...each]).toEqual([expect.closeTo(1 / probability, 9)]);
  });
});

it('keeps at each probability what a lower one keeps, whoever decides', () => {
  const [few, some, many] = [
    keptOf(ids, 0.01, 'ryzanstein-api'),
    keptOf(ids, 0.1, 'ryzanstein-gpu'),
    keptOf(ids, 0.5, 'ryzanstein-inference'),
  ].map((kept) => new Set(kept.map(({ traceId }) => traceId))) as [Set<string>, Set<string>, Set<string>];
  expect([...few].filter((id) => !some.has(id))).toEqual([]);
  expect([...some].filter((id) => !many.has(id))).toEqual([]);
  expect(few.size).toBeGreaterThan(0);
});
