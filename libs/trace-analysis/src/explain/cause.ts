import { numberAttribute } from '../span.ts';
import type { CauseName, PartName, TypicalRequest } from './explanation.ts';
import type { MeasuredRequest } from './measure-request.ts';
import { isBehindSomebody } from './part-of-segment.ts';

/** What a request's time is owed to, and to which part of it. */
export interface FoundCause {
  readonly cause: CauseName;
  readonly part: PartName;
  /** It took no longer than requests like it. */
  readonly asUsual: boolean;
}

// Requests differ by so much without a cause.
const usualFactor = 1.25;
const usualSlackMs = 5;

/** The part with the most time over what is typical of it; without that, the largest. */
export function findCause(request: MeasuredRequest, typical: TypicalRequest | undefined): FoundCause {
  const { partsNs, totalNs, facts } = request;
  const totalMs = ms(totalNs);
  const asUsual =
    typical !== undefined &&
    totalMs <= Math.max(typical.totalMs * usualFactor, typical.totalMs + usualSlackMs);
  const reference = asUsual ? undefined : typical;
  const excess = (name: PartName): number => ms(partsNs.get(name) ?? 0n) - (reference?.partsMs[name] ?? 0);
  const part = [...partsNs.keys()].sort((a, b) => excess(b) - excess(a))[0] ?? 'mesh';
  const ended = endedBy(facts.failure);
  return { cause: ended ?? causeOf(part, request, typical), part, asUsual };
}

function endedBy(failure: string | undefined): CauseName | undefined {
  if (failure === 'CANCELLED') return 'client_cancelled';
  if (failure === 'DEADLINE_EXCEEDED') return 'deadline';
  // An engine that was lost answers nobody; the caller is told so.
  return failure === 'UNAVAILABLE' ? 'retry' : undefined;
}

function causeOf(part: PartName, request: MeasuredRequest, typical: TypicalRequest | undefined): CauseName {
  const { facts } = request;
  switch (part) {
    case 'wait':
      return [...facts.waits, ...facts.nodes.map(({ span }) => span)].some(isBehindSomebody)
        ? 'held_by_another'
        : 'coordinator';
    case 'queue':
      return 'engine_queue';
    case 'prefill':
      return isSlowPerToken(request, 'prefill', typical) ? 'slow_prefill' : 'long_prompt';
    case 'decode':
    case 'generation':
      return isSlowPerToken(request, part, typical) ? 'slow_decode' : 'long_output';
    case 'paused':
      return 'slow_reader';
    case 'retry':
    case 'coordinator':
    case 'mesh':
    case 'caller':
      return part;
    case 'unknown':
      return 'unexplained';
    default:
      return 'network';
  }
}

/** True where the time per token explains more of the excess than the number of tokens does. */
function isSlowPerToken(
  request: MeasuredRequest,
  part: 'prefill' | 'decode' | 'generation',
  typical: TypicalRequest | undefined,
): boolean {
  const tookMs = ms(request.partsNs.get(part) ?? 0n);
  const tokens = part === 'prefill' ? request.promptTokens : request.outputTokens;
  const usualMs = typical?.partsMs[part] ?? 0;
  const usualTokens = part === 'prefill' ? (typical?.promptTokens ?? 0) : (typical?.outputTokens ?? 0);
  if (usualMs > 0 && usualTokens > 0) {
    const moreTokens = tokens / usualTokens;
    const slower = tookMs / usualMs / moreTokens;
    // Time that both share is halved between them: the larger factor then has the larger part of the excess.
    if (part !== 'prefill') return slower > moreTokens;
    // Short prompts cost more per token by themselves: what is beyond a longer one's tokens is slowness.
    return slower - 1 > 1 - 1 / moreTokens;
  }
  if (part !== 'decode') return false;
  // Nothing to compare with: then by whether its own steps account for the time.
  const { decode } = request.facts;
  const steps = decode && numberAttribute(decode.attributes, 'ryzanstein.decode.steps');
  const p50 = decode && numberAttribute(decode.attributes, 'ryzanstein.decode.step_p50_ms');
  return steps !== undefined && p50 !== undefined && tookMs > 2 * steps * p50;
}

function ms(ns: bigint): number {
  return Number(ns) / 1e6;
}
