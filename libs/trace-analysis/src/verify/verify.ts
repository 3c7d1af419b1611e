import type { Trace } from '../trace-tree.ts';
import { checkCallDurations, checkNames, checkTokens } from './extra-rules.ts';
import { checkPhases } from './phase-rules.ts';
import { checkStatuses } from './status-rules.ts';
import { checkTree } from './tree-rules.ts';
import { CheckList, type VerifyExtra, type Violation } from './violation.ts';

/** How many things were looked at, and which were wrong. */
export interface Verification {
  readonly checks: number;
  readonly violations: readonly Violation[];
}

/** Holds a whole trace to what every trace of the mesh promises, and counts the checks. */
export function checkTrace(trace: Trace, extra: VerifyExtra = {}): Verification {
  const list = new CheckList();
  checkTree(trace, extra, list);
  checkPhases(trace, list);
  checkStatuses(trace, list);
  checkTokens(trace, extra, list);
  checkCallDurations(trace, extra, list);
  checkNames(trace, extra, list);
  return { checks: list.checks, violations: list.violations };
}

/**
 * The rules that a trace breaks; none where it is whole and consistent in itself and with `extra`.
 *
 * @example
 * for (const { rule, message } of verify(trace)) console.log(`${rule}: ${message}`);
 */
export function verify(trace: Trace, extra: VerifyExtra = {}): readonly Violation[] {
  return checkTrace(trace, extra).violations;
}
