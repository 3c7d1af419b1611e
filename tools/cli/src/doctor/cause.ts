import type { Answer, Facts } from './facts.ts';

/** The parts of the way, in the order in which telemetry passes them. */
export const hopNames = [
  'configuration',
  'service',
  'canary',
  'sampling',
  'export',
  'collector',
  'traces',
  'metrics',
  'exemplar',
  'elasticsearch',
  'grafana',
  'kibana',
] as const;

export type HopName = (typeof hopNames)[number];

/** One way in which a hop breaks, or works worse than it should. */
export interface Cause {
  /** Short and stable: for machines, and for the page of all causes. */
  readonly id: string;
  readonly hop: HopName;
  /** A warning leaves the exit code at 0. */
  readonly kind: 'broken' | 'warning';
  /** Only says that something did not get here: behind a broken hop, that follows from it. */
  readonly symptom?: boolean;
  readonly when: (facts: Facts) => boolean;
  /** A sentence without its full stop, from what was found. */
  readonly tell: (facts: Facts) => string;
  readonly mend: string;
  /** The symptom in general, for the page of all causes. */
  readonly means: string;
}

/** What was answered, or undefined. */
export function value<Value>(answer: Answer<Value>): Value | undefined {
  return answer.state === 'answered' ? answer.value : undefined;
}

/** Why there was no answer, or undefined. */
export function silence(answer: Answer<unknown>): string | undefined {
  return answer.state === 'silent' ? `${answer.url}: ${answer.reason}` : undefined;
}
