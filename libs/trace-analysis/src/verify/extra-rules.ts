import { durationTextMs, millisecondsBetween } from '../duration-text.ts';
import { roleOf } from '../mesh-span.ts';
import { numberAttribute, textAttribute } from '../span.ts';
import { flatten, type Trace } from '../trace-tree.ts';
import type { CheckList, VerifyExtra } from './violation.ts';

/** Tokens by every count that there is. */
export function checkTokens(trace: Trace, extra: VerifyExtra, list: CheckList): void {
  const generation = trace.roots
    .flatMap(flatten)
    .map(({ span }) => span)
    .findLast((span) => roleOf(span) === 'generation');
  if (generation === undefined) return;
  for (const side of ['input', 'output'] as const) {
    const told = numberAttribute(generation.attributes, `ryzanstein.tokens.${side}`);
    const counts = [
      { from: 'gen_ai.usage', count: numberAttribute(generation.attributes, `gen_ai.usage.${side}_tokens`) },
      ...(extra.tokens ?? []).map((one) => ({ from: one.from, count: one[side] })),
    ];
    for (const { from, count } of counts) {
      if (count === undefined || told === undefined) continue;
      list.check(
        'tokens',
        count === told,
        () => `${generation.name} has ${told} tokens of ${side}, and ${count} by ${from}`,
        generation.spanId,
      );
    }
  }
}

/** The calls' durations by their spans and by the metric. */
export function checkCallDurations(trace: Trace, extra: VerifyExtra, list: CheckList): void {
  const served = trace.roots
    .flatMap(flatten)
    .map(({ span }) => span)
    .filter(({ kind }) => kind === 'server');
  for (const { method, sumMs } of extra.callDurations ?? []) {
    const calls = served.filter((span) => textAttribute(span.attributes, 'rpc.method') === method);
    const spansMs = calls.reduce((sum, { startNs, endNs }) => sum + millisecondsBetween(startNs, endNs), 0);
    list.check(
      'call_duration',
      Math.abs(spansMs - sumMs) <= Math.max(calls.length, spansMs / 100),
      () =>
        `${method}: ${durationTextMs(spansMs)} in ${calls.length} spans, ${durationTextMs(sumMs)} in rpc.server.call.duration`,
    );
  }
}

/** Names that the registry has. */
export function checkNames(trace: Trace, { names }: VerifyExtra, list: CheckList): void {
  if (names === undefined) return;
  for (const { span } of trace.roots.flatMap(flatten)) {
    if (!span.service.startsWith('ryzanstein-')) continue;
    list.check(
      'registered_names',
      names.isSpan(span.name, span.kind),
      () => `"${span.name}" (${span.kind}) is not a span of the registry`,
      span.spanId,
    );
    const keys = [span.attributes, ...span.links.map(({ attributes }) => attributes)].flatMap(Object.keys);
    const unknown = keys.filter((key) => !names.isAttribute(key));
    list.check(
      'registered_names',
      unknown.length === 0,
      () => `${span.name} has ${unknown.join(', ')}, not of the registry`,
      span.spanId,
    );
  }
}
