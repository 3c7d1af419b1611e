import { usesColors, widthOf, type CliIo } from '../cli-io.ts';
import { fitted } from '../trace/printable.ts';
import type { Clock } from '@ryzanstein/runtime';
import { rateText } from './load-report.ts';
import type { LoadCounts } from './load-tally.ts';

const onTerminalEveryMs = 250;
const elsewhereEveryMs = 5_000;

/**
 * Tells on standard error how far a load is: in one line that is written again and again on a terminal,
 * a line now and then elsewhere.
 *
 * @returns ends it, and clears the line
 */
export function showProgress(
  io: CliIo,
  clock: Pick<Clock, 'monotonicMs' | 'after'>,
  counts: () => LoadCounts,
): () => void {
  const startMs = clock.monotonicMs();
  const terminal = io.stderr.isTTY === true && (usesColors(io.stderr, io.env) || io.env.TERM !== 'dumb');
  let timer = clock.after(0, () => {});
  const wait = (): void => {
    timer = clock.after(terminal ? onTerminalEveryMs : elsewhereEveryMs, () => {
      const line = progressLine(counts(), clock.monotonicMs() - startMs);
      if (terminal) io.stderr.write(`\r\u001b[K${fitted(line, widthOf(io.stderr, io.env) - 1)}`);
      else io.stderr.write(`${line}\n`);
      wait();
    });
  };
  timer.cancel();
  wait();
  return () => {
    timer.cancel();
    if (terminal) io.stderr.write('\r\u001b[K');
  };
}

/** `12 s: 240 sent, 231 answered (19.2/s), 6 under way, 2 UNAVAILABLE`. */
export function progressLine(counts: LoadCounts, elapsedMs: number): string {
  const { sent, notSent, answered, inFlight, outcomes } = counts;
  const seconds = elapsedMs / 1_000;
  const others = Object.entries(outcomes).filter(([name]) => name !== 'OK');
  return [
    `${seconds.toFixed(0)} s: ${sent} sent`,
    `${answered} answered (${rateText(answered / Math.max(seconds, 0.001))})`,
    `${inFlight} under way`,
    ...(notSent > 0 ? [`${notSent} not sent`] : []),
    ...others.map(([name, count]) => `${count} ${name}`),
  ].join(', ');
}
