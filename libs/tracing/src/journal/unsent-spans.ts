import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSlots } from './journal-file.ts';

/**
 * A span that stands in a journal: one that has not ended, or has not been sent.
 *
 * @example
 * const sentenceOf = ({ name, ended }: UnsentSpan) => `${name} ${ended ? 'was not sent' : 'has not ended'}`;
 */
export interface UnsentSpan {
  /** The journal's file, which names service and process. */
  readonly journal: string;
  readonly name: string;
  readonly spanId: string;
  readonly ended: boolean;
}

/**
 * Reads what the journals of a folder (`RYZ_SPAN_JOURNAL`) hold while their processes run: how a test
 * sees, from outside, that each span of a process has ended.
 *
 * @example
 * const open = unsentSpans('.cache/spans').filter(({ ended }) => !ended);
 */
export function unsentSpans(folder: string): UnsentSpan[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.spans'))
    .flatMap((journal) =>
      readSlots(readFileSync(join(folder, journal))).map(({ name, spanId, end }) => ({
        journal,
        name,
        spanId,
        ended: end !== undefined,
      })),
    );
}
