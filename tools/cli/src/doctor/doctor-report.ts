import pc from 'picocolors';
import { printable } from '../trace/printable.ts';
import type { Diagnosis, HopFinding } from './diagnose.ts';
import type { Facts } from './facts.ts';

const marks: Readonly<Record<HopFinding['state'], string>> = {
  ok: '✓',
  warning: '!',
  broken: '✗',
  skipped: '–',
};

/** One line for each hop, and below what is not green its cause and what mends it. */
export function doctorLines({ hops, firstBroken }: Diagnosis, colored: boolean): string[] {
  const colors = pc.createColors(colored);
  const paint = { ok: colors.green, warning: colors.yellow, broken: colors.red, skipped: colors.dim };
  const width = Math.max(...hops.map(({ hop }) => hop.length));
  const lines = hops.flatMap((finding) => {
    const { hop, state, evidence, cause, followsFrom } = finding;
    const after = followsFrom === undefined ? '' : ` (follows from ${followsFrom})`;
    const text = state === 'skipped' ? `skipped: ${evidence}` : `${evidence}${after}`;
    const line = `${paint[state](marks[state])} ${hop.padEnd(width)}  ${state === 'skipped' ? colors.dim(printable(text)) : printable(text)}`;
    // What follows from the first broken hop is not explained again; what is broken by itself is.
    if (cause === undefined || followsFrom !== undefined) return [line];
    const indent = ' '.repeat(width + 4);
    return [
      line,
      `${indent}${paint[state](printable(sentence(cause.text)))}`,
      `${indent}${printable(cause.mend)}`,
    ];
  });
  const skipped = hops.filter(({ state }) => state === 'skipped').map(({ hop }) => hop);
  if (firstBroken !== undefined) return lines;
  const verdict = `Telemetry arrives${skipped.length === 0 ? ' everywhere' : `; not looked at: ${skipped.join(', ')}`}.`;
  return [...lines, '', colors.green(verdict)];
}

function sentence(text: string): string {
  // An address stays as it is.
  return /^[a-z]+(?::\/\/|\.)/.test(text) ? `${text}.` : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** What `ryz doctor --json` prints. */
export function doctorJson({ hops, firstBroken }: Diagnosis, { canary }: Facts): unknown {
  return {
    ok: firstBroken === undefined,
    first_broken: firstBroken?.hop ?? null,
    request_id: canary.requestId,
    trace_id: canary.traceId === '' ? null : canary.traceId,
    hops: hops.map(({ hop, state, evidence, cause, followsFrom }) => ({
      hop,
      state,
      evidence,
      ...(cause === undefined ? {} : { cause }),
      ...(followsFrom === undefined ? {} : { follows_from: followsFrom }),
    })),
  };
}
