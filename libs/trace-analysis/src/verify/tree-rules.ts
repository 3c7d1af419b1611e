import { durationText } from '../duration-text.ts';
import { failureOf, requestFailureOf, roleOf, servingProcess } from '../mesh-span.ts';
import { textAttribute, type Span } from '../span.ts';
import { flatten, type Trace, type TraceNode } from '../trace-tree.ts';
import type { CheckList, VerifyExtra } from './violation.ts';

/**
 * How far a child may stand out of its parent. Within a process both have one clock, and phases are
 * anchored once; between processes of a machine the clocks differ by their steps; machines differ by
 * more, so that this rule asks for clocks in step.
 */
const toleranceNs = { sameProcess: 1_000_000n, otherProcess: 5_000_000n };

/** Root, parents, calls and request id. */
export function checkTree(trace: Trace, { clockSetMs = 0 }: VerifyExtra, list: CheckList): void {
  const clockNs = BigInt(Math.ceil(clockSetMs * 1e6));
  const tops = trace.roots.filter((node) => !node.orphan);
  list.check('one_root', tops.length === 1, () => `there are ${tops.length} roots`);
  const nodes = trace.roots.flatMap(flatten);
  for (const { span, orphan } of nodes)
    list.check(
      'no_orphan',
      !orphan,
      () => `${span.name} hangs on ${span.parentSpanId}, which is not in the trace`,
      span.spanId,
    );
  for (const root of trace.roots) checkChildren(root, { abandoned: false, clockNs }, list);
  for (const node of nodes) checkCall(node, list);
  const ids = new Set(nodes.flatMap(({ span }) => textAttribute(span.attributes, 'request.id') ?? []));
  list.check('one_request_id', ids.size <= 1, () => `there are several request ids: ${[...ids].join(', ')}`);
}

// Whoever is left behind by its caller hears of it later, and ends later.
function checkChildren(
  node: TraceNode,
  { abandoned, clockNs }: { abandoned: boolean; clockNs: bigint },
  list: CheckList,
): void {
  const { span, children } = node;
  const mayOutlive = abandoned || requestFailureOf(node) !== undefined;
  for (const child of children) {
    const isSame = child.span.service === span.service;
    const slackNs = clockNs + (isSame ? toleranceNs.sameProcess : toleranceNs.otherProcess);
    if (roleOf(child.span) !== 'release' || roleOf(span) === 'release') {
      const early = span.startNs - child.span.startNs;
      const late = mayOutlive ? 0n : child.span.endNs - span.endNs;
      list.check(
        'inside_parent',
        early <= slackNs && late <= slackNs,
        () =>
          early > slackNs
            ? `${child.span.name} begins ${durationText(early)} before its parent ${span.name}`
            : `${child.span.name} ends ${durationText(late)} after its parent ${span.name}`,
        child.span.spanId,
      );
    }
    checkChildren(child, { abandoned: mayOutlive, clockNs }, list);
  }
}

function checkCall({ span, children }: TraceNode, list: CheckList): void {
  if (span.kind !== 'client' || servingProcess(span) === undefined) return;
  const servers = children.filter((child) => child.span.kind === 'server' && sameCall(child.span, span));
  const wanted = failureOf(span) === undefined ? servers.length === 1 : servers.length <= 1;
  list.check(
    'one_server_per_client',
    wanted,
    () => `the call ${span.name} has ${servers.length} SERVER spans`,
    span.spanId,
  );
}

function sameCall(server: Span, client: Span): boolean {
  return server.name === client.name;
}
