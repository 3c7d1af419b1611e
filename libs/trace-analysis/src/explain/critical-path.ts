import type { TraceNode } from '../trace-tree.ts';

/** Time that a request spent in one span and in none below it. */
export interface Segment {
  readonly node: TraceNode;
  readonly startNs: bigint;
  readonly endNs: bigint;
}

/** What a request waited for. */
export interface PathOptions {
  /** Spans without a parent that are looked at as if they hung below the root. */
  readonly adopted: readonly TraceNode[];
  /** Nobody waits for these spans, such as a Release. */
  readonly isDetached: (node: TraceNode) => boolean;
}

/**
 * What the end of `root` waited for, from its start to its end without a gap or an overlap: walked
 * backwards, of several spans at once the one that ended last counts.
 */
export function criticalPath(root: TraceNode, options: PathOptions): Segment[] {
  const backwards: Segment[] = [];
  const own = (node: TraceNode, startNs: bigint, endNs: bigint): void => {
    if (endNs > startNs) backwards.push({ node, startNs, endNs });
  };
  const walk = (node: TraceNode, fromNs: bigint, toNs: bigint): void => {
    const below = node === root ? [...node.children, ...options.adopted] : node.children;
    const children = below.filter((child) => !options.isDetached(child)).sort(laterEndFirst);
    let reachedNs = toNs;
    for (const child of children) {
      const startNs = child.span.startNs < fromNs ? fromNs : child.span.startNs;
      const endNs = child.span.endNs > reachedNs ? reachedNs : child.span.endNs;
      if (endNs <= startNs) continue;
      own(node, endNs, reachedNs);
      walk(child, startNs, endNs);
      reachedNs = startNs;
    }
    own(node, fromNs, reachedNs);
  };
  walk(root, root.span.startNs, root.span.endNs);
  return backwards.reverse();
}

function laterEndFirst(a: TraceNode, b: TraceNode): number {
  if (a.span.endNs !== b.span.endNs) return a.span.endNs > b.span.endNs ? -1 : 1;
  return a.span.startNs > b.span.startNs ? -1 : a.span.startNs < b.span.startNs ? 1 : 0;
}
