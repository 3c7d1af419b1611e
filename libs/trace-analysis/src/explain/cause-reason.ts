import { durationTextMs } from '../duration-text.ts';
import type { FoundCause } from './cause.ts';
import type { CauseName, Part, TypicalRequest } from './explanation.ts';

const sentences: Readonly<Record<CauseName, string>> = {
  held_by_another: 'It waited for a device that others held',
  engine_queue: 'It waited in the engine for a slot',
  long_prompt: 'Its prompt is long',
  long_output: 'Its answer is long',
  slow_prefill: 'Its prompt was read slowly',
  slow_decode: 'Its tokens came slowly',
  slow_reader: 'Its reader was slow',
  network: 'The network was slow',
  retry: 'A part of the mesh was lost or refused it',
  coordinator: 'The coordinator was slow',
  mesh: 'The mesh itself took the time',
  client_cancelled: 'Its client left before the end',
  deadline: 'Its deadline passed',
  caller: 'The time was spent outside of the mesh',
  unexplained: 'Spans that would tell are missing',
};

/** The cause in one sentence, with its part's time and what is usual. */
export function reasonOf(
  { cause, part: name, asUsual }: FoundCause,
  parts: readonly Part[],
  {
    totalMs,
    failure,
    typical,
  }: { totalMs: number; failure: string | undefined; typical?: TypicalRequest | undefined },
): string {
  const part = parts.find((one) => one.name === name);
  if (part === undefined) return `${sentences[cause]}.`;
  if (asUsual && failure === undefined && typical !== undefined)
    return `It took no longer than usual, which is ${durationTextMs(typical.totalMs)}; the most of it: ${part.words}.`;
  const took = `${durationTextMs(part.ms)} of ${durationTextMs(totalMs)} (${part.words})`;
  return `${sentences[cause]}: ${took}${usually(part.typicalMs)}.`;
}

function usually(typicalMs: number | undefined): string {
  if (typicalMs === undefined) return '';
  return typicalMs === 0 ? ', usually none' : `, usually ${durationTextMs(typicalMs)}`;
}
