import { AggregationTemporality, InstrumentType } from '@opentelemetry/sdk-metrics';
import type { TemporalityPreference } from '../settings/metric-settings.ts';
import type { TemporalityOf } from './recorder-producer.ts';

/** What OTLP's temporality preferences stand for. Sums that may fall are always totals. */
export function temporalityOf(preference: TemporalityPreference): TemporalityOf {
  return (type) =>
    sinceLast[preference].has(type) ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE;
}

const { COUNTER, HISTOGRAM, GAUGE, OBSERVABLE_COUNTER, OBSERVABLE_GAUGE } = InstrumentType;

const sinceLast: Readonly<Record<TemporalityPreference, ReadonlySet<InstrumentType>>> = {
  cumulative: new Set(),
  delta: new Set([COUNTER, HISTOGRAM, GAUGE, OBSERVABLE_COUNTER, OBSERVABLE_GAUGE]),
  lowmemory: new Set([COUNTER, HISTOGRAM]),
};
