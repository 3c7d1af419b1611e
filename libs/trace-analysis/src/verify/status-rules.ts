import { failureOf, roleOf } from '../mesh-span.ts';
import { listAttribute, textAttribute, type Span } from '../span.ts';
import { flatten, type Trace, type TraceNode } from '../trace-tree.ts';
import type { CheckList } from './violation.ts';

// What is the fault of the side that serves; the other codes are its caller's.
const serverErrors = new Set([
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
]);

/** How calls, generations and phases say that they ended. */
export function checkStatuses(trace: Trace, list: CheckList): void {
  for (const node of trace.roots.flatMap(flatten)) {
    const { span } = node;
    if (!span.service.startsWith('ryzanstein-')) continue;
    if (span.status === 'error')
      list.check(
        'status',
        textAttribute(span.attributes, 'error.type') !== undefined,
        () => `${span.name} is an error without error.type`,
        span.spanId,
      );
    if (textAttribute(span.attributes, 'rpc.method') !== undefined) checkCode(span, list);
    if (roleOf(span) === 'generate' && span.kind === 'server') checkGenerationOf(node, list);
  }
  checkRelease(trace, list);
}

function checkCode(span: Span, list: CheckList): void {
  const { attributes, kind, name, status, spanId } = span;
  const code = textAttribute(attributes, 'rpc.response.status_code');
  // A process that was killed ended nothing, and nobody knows how it would have.
  const unended = attributes['ryzanstein.span.recovered'] === true;
  if (code === undefined) {
    list.check('status', unended, () => `${name} (${kind}) has no rpc.response.status_code`, spanId);
    return;
  }
  const wanted = kind === 'client' ? code !== 'OK' : serverErrors.has(code);
  list.check(
    'status',
    (status === 'error') === wanted,
    () => `${name} (${kind}) ended with ${code} and is ${wanted ? 'no' : 'an'} error`,
    spanId,
  );
}

function checkGenerationOf({ span: server, children }: TraceNode, list: CheckList): void {
  const code = textAttribute(server.attributes, 'rpc.response.status_code') ?? '';
  const node = children.find((child) => roleOf(child.span) === 'generation');
  if (node === undefined) return;
  const { span } = node;
  const wellEnded = code === 'OK';
  const finish = listAttribute(span.attributes, 'gen_ai.response.finish_reasons');
  const finishedInError = finish.includes('error');
  const finishedWell = finish.length > 0 && !finishedInError;
  // The last token may be there when the caller leaves, or its time ends, before it has it.
  const isCallersEnd = code === 'CANCELLED' || code === 'DEADLINE_EXCEEDED';
  if (finish.length > 0)
    list.check(
      'status',
      finishedInError ? !wellEnded : wellEnded || isCallersEnd,
      () => `${span.name} finished with ${finish.join(', ')}, and its call with ${code}`,
      span.spanId,
    );
  // What another server refuses is an error of the call to it, as of every call.
  const isError = span.kind === 'client' ? !wellEnded && code !== 'CANCELLED' : serverErrors.has(code);
  list.check(
    'status',
    (span.status === 'error') === (isError && !(finishedWell && isCallersEnd)),
    () => `${span.name} is ${span.status === 'error' ? 'an' : 'no'} error, and its call ended with ${code}`,
    span.spanId,
  );
  const phases = node.children.map((child) => child.span);
  const cut = phases.filter(({ attributes }) => attributes['ryzanstein.phase.truncated'] === true);
  list.check(
    'truncated',
    wellEnded ? cut.length === 0 : cut.length <= 1 && cut.every((phase) => phase === phases.at(-1)),
    () => `${cut.map(({ name }) => name).join(', ')} cut short in a call that ended with ${code}`,
    span.spanId,
  );
}

/**
 * What a request that went well was granted it has given back, or has tried to: a coordinator that is away
 * lets it run out.
 */
function checkRelease(trace: Trace, list: CheckList): void {
  const spans = trace.roots.flatMap(flatten).map(({ span }) => span);
  const edge = spans.find((span) => roleOf(span) === 'edge');
  if (edge === undefined || textAttribute(edge.attributes, 'rpc.response.status_code') !== 'OK') return;
  const leaseOf = (span: Span): string | undefined => textAttribute(span.attributes, 'ryzanstein.lease.id');
  const released = new Set(spans.filter((span) => roleOf(span) === 'release').map(leaseOf));
  const isUntold = spans.some(
    (span) => roleOf(span) === 'release' && span.kind === 'client' && failureOf(span) !== undefined,
  );
  for (const span of spans) {
    const lease = leaseOf(span);
    if (roleOf(span) !== 'acquire' || lease === undefined) continue;
    list.check(
      'released',
      released.has(lease) || isUntold,
      () => `${lease} was granted and never given back`,
      span.spanId,
    );
  }
}
