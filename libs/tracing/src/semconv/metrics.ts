import { generationMetrics } from './generation-metrics.ts';
import type { RegisteredMetric } from './metric-definition.ts';
import type { LabelName, LabelValue } from './metric-labels.ts';
import { processMetrics } from './process-metrics.ts';
import { sdkMetrics } from './sdk-metrics.ts';

// The conventions' bounds for calls, and larger ones: a stream of text lasts as long as the text.
const callSeconds = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 120,
] as const;

// A caller can put any host into its request, so what a server is called by is no label of its metric.
const served = ['rpc.system.name', 'rpc.method', 'rpc.response.status_code', 'error.type'] as const;

const callMetrics = {
  'rpc.server.call.duration': {
    instrument: 'histogram',
    unit: 's',
    source: 'opentelemetry',
    labels: served,
    bounds: callSeconds,
    description: 'Calls served.',
  },
  'rpc.client.call.duration': {
    instrument: 'histogram',
    unit: 's',
    source: 'opentelemetry',
    labels: [...served, 'server.address', 'server.port'],
    bounds: callSeconds,
    description: 'Calls made.',
  },
  'http.server.request.duration': {
    instrument: 'histogram',
    unit: 's',
    source: 'opentelemetry',
    labels: ['http.request.method', 'http.route', 'http.response.status_code', 'url.scheme', 'error.type'],
    bounds: callSeconds,
    description: 'Requests at the HTTP edge.',
  },
} as const satisfies Record<string, RegisteredMetric>;

/**
 * Every metric that the mesh emits by itself, with unit, labels and bounds.
 *
 * @example
 * const { instrument, unit, labels } = metrics['ryzanstein.ttft'];
 * console.log(instrument, unit, ...labels); // histogram s ryzanstein.model
 */
export const metrics = { ...callMetrics, ...generationMetrics, ...processMetrics, ...sdkMetrics } as const;

type Metrics = typeof metrics;

/**
 * Name of a metric of the registry.
 *
 * @example
 * const unitOf = (name: MetricName) => metrics[name].unit;
 * console.log(unitOf('ryzanstein.batch.size')); // {sequence}
 */
export type MetricName = keyof Metrics;

/** Names of the metrics of one kind. */
export type NameOf<I extends RegisteredMetric['instrument']> = {
  [N in MetricName]: Metrics[N]['instrument'] extends I ? N : never;
}[MetricName];

type KeysOf<N extends MetricName> = Metrics[N]['labels'][number] & LabelName;

/**
 * The labels that a metric may have; a label that is undefined is left out.
 *
 * @example
 * const labels: MetricLabels<'ryzanstein.ttft'> = { 'ryzanstein.model': 'bitnet-7b' };
 * telemetry.metrics.histogram('ryzanstein.ttft', labels).record(0.0417);
 */
export type MetricLabels<N extends MetricName> = [KeysOf<N>] extends [never]
  ? Readonly<Record<string, never>>
  : { readonly [K in KeysOf<N>]?: LabelValue<K> | undefined };
