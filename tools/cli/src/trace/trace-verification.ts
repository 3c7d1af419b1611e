import { checkTrace, type Trace } from '@ryzanstein/trace-analysis';
import { attributes, spans } from '@ryzanstein/tracing';
import pc from 'picocolors';
import { CommandFailure, usesColors, type CliIo } from '../cli-io.ts';
import { printable } from './printable.ts';

const definitions = Object.values(spans);

/** Prints what a trace breaks of the rules that all keep; a trace that breaks one ends the command with 1. */
export function printVerification(trace: Trace, json: boolean, io: CliIo): void {
  const { checks, violations } = checkTrace(trace, {
    names: {
      isSpan: (name, kind) =>
        definitions.some(
          ({ pattern, kinds }) => pattern.test(name) && kinds.some((one) => one === kind.toUpperCase()),
        ),
      isAttribute: (key) => Object.hasOwn(attributes, key),
    },
  });
  const { green, red, dim } = pc.createColors(usesColors(io.stdout, io.env));
  if (json) io.stdout.write(`${JSON.stringify({ traceId: trace.traceId, checks, violations })}\n`);
  else if (violations.length === 0) io.stdout.write(`${green(`consistent: ${checks} checks`)}\n`);
  else
    for (const { rule, spanId, message } of violations) {
      const where = spanId === undefined ? '' : dim(` (span ${spanId})`);
      io.stdout.write(`${red(rule)}: ${printable(message)}${where}\n`);
    }
  if (violations.length > 0)
    throw new CommandFailure(`${violations.length} of ${checks} checks failed in trace ${trace.traceId}.`);
}
