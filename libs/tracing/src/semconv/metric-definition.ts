import type { LabelName } from './metric-labels.ts';
import type { MetricDefinition } from './registry.ts';

/** A metric whose labels are all in the registry, and have few values. */
export interface RegisteredMetric extends MetricDefinition {
  readonly labels: readonly LabelName[];
}
