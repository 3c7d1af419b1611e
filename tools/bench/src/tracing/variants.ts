/** What is compared: the same service and client, each traced in another way. */

/** Who makes the spans of a variant. */
export type Tracing = 'none' | 'mesh' | 'stock' | 'datadog' | 'elastic';

export interface Variant {
  readonly name: string;
  readonly title: string;
  readonly tracing: Tracing;
  readonly env?: Readonly<Record<string, string>>;
  /** Spans that the sink must have received per call, of both sides; undefined where it cannot count them. */
  readonly spansPerCall?: number;
  /** Also measured with server and client in two processes. */
  readonly apart?: boolean;
}

const interceptors = { RYZ_GRPC_SPANS: 'interceptors' };
const off = { OTEL_TRACES_SAMPLER: 'always_off' };
const tenth = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' };

/** The first two are the same: their difference is what the method cannot tell from nothing. */
export const variants: readonly Variant[] = [
  { name: 'none', title: 'grpc-js alone', tracing: 'none', spansPerCall: 0, apart: true },
  { name: 'none2', title: 'grpc-js alone again (A/A)', tracing: 'none', spansPerCall: 0, apart: true },
  {
    name: 'disabled',
    title: 'OTEL_SDK_DISABLED',
    tracing: 'mesh',
    env: { OTEL_SDK_DISABLED: 'true' },
    spansPerCall: 0,
  },
  { name: 'off', title: 'instrumentation, off', tracing: 'mesh', env: off, spansPerCall: 0 },
  { name: 'tenth', title: 'instrumentation, 10 %', tracing: 'mesh', env: tenth },
  { name: 'all', title: 'instrumentation, 100 %', tracing: 'mesh', spansPerCall: 2, apart: true },
  {
    name: 'interceptors-off',
    title: 'interceptors, off',
    tracing: 'mesh',
    env: { ...interceptors, ...off },
    spansPerCall: 0,
  },
  {
    name: 'interceptors-tenth',
    title: 'interceptors, 10 %',
    tracing: 'mesh',
    env: { ...interceptors, ...tenth },
  },
  {
    name: 'interceptors-all',
    title: 'interceptors, 100 %',
    tracing: 'mesh',
    env: interceptors,
    spansPerCall: 2,
    apart: true,
  },
  {
    name: 'stock',
    title: 'plain instrumentation-grpc and exporter, 100 %',
    tracing: 'stock',
    spansPerCall: 2,
    apart: true,
  },
  { name: 'datadog', title: 'dd-trace, 100 %', tracing: 'datadog' },
  { name: 'elastic', title: 'elastic-apm-node, 100 %', tracing: 'elastic' },
];

/** Names of the two controls, against which the others are held. */
export const controls = ['none', 'none2'] as const;
