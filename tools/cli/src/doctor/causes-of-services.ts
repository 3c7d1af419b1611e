import { silence, value, type Cause } from './cause.ts';

/** What can be wrong before telemetry leaves a service. */
export const causesOfServices: readonly Cause[] = [
  {
    id: 'telemetry-disabled',
    hop: 'configuration',
    kind: 'broken',
    when: ({ settings }) => settings.sdkDisabled,
    tell: () =>
      'OTEL_SDK_DISABLED is true in this environment, and services that are started from it record nothing',
    mend: 'Unset OTEL_SDK_DISABLED and start the services again.',
    means: 'OTEL_SDK_DISABLED=true',
  },
  {
    id: 'exporter-none',
    hop: 'configuration',
    kind: 'broken',
    when: ({ settings }) => settings.tracesExporter === 'none',
    tell: () =>
      'OTEL_TRACES_EXPORTER is none in this environment, and services that are started from it send no spans',
    mend: 'Unset OTEL_TRACES_EXPORTER, or set it to otlp, and start the services again.',
    means: 'OTEL_TRACES_EXPORTER=none',
  },
  {
    id: 'content-captured',
    hop: 'configuration',
    kind: 'warning',
    when: ({ settings }) => !/^(|NO_CONTENT)$/i.test(settings.captureContent),
    tell: ({ settings }) =>
      `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT is ${settings.captureContent}: prompts and completions stand in spans`,
    mend: 'Unset it, unless that is what you want; the Collector of deploy/ removes them all the same.',
    means: 'prompts and completions are recorded',
  },
  {
    id: 'batches-too-small',
    hop: 'configuration',
    kind: 'warning',
    when: ({ settings: { batchSize, scheduleDelayMs } }) =>
      (batchSize ?? 128) < 16 || (scheduleDelayMs ?? 1_000) < 50,
    tell: ({ settings: { batchSize, scheduleDelayMs } }) =>
      `spans leave in batches of at most ${batchSize ?? 128} every ${scheduleDelayMs ?? 1_000} ms, which costs requests time`,
    mend: 'Leave OTEL_BSP_MAX_EXPORT_BATCH_SIZE (128) and OTEL_BSP_SCHEDULE_DELAY (1000) at their defaults.',
    means: 'high latency: each export is its own call',
  },
  {
    id: 'api-down',
    hop: 'service',
    kind: 'broken',
    when: ({ api }) => api.state === 'silent',
    tell: ({ api }) => `the api-server does not answer (${silence(api)})`,
    mend: 'Start it (`npm start`, `docker compose up`), or name its address with --address.',
    means: 'nothing answers at the gRPC address',
  },
  {
    id: 'not-ready',
    hop: 'service',
    kind: 'broken',
    when: ({ api }) => value(api)?.ready === false,
    tell: () => 'the api-server lives and has no device to serve with',
    mend: 'Start the inference-engine and the gpu-coordinator, and look into their logs: the engine must reach RYZ_COORDINATOR_ADDRESS.',
    means: 'health is NOT_SERVING: no engine has registered a device',
  },
  {
    id: 'canary-refused',
    hop: 'canary',
    kind: 'broken',
    when: ({ canary }) => canary.failure !== undefined,
    tell: ({ canary }) => canary.failure?.sentence.replace(/\.$/, '') ?? '',
    mend: 'Mend the request first: telemetry of a request that does not get through says little.',
    means: 'the mesh does not answer a chat',
  },
  {
    id: 'parent-unsampled',
    hop: 'sampling',
    kind: 'broken',
    when: ({ settings }) =>
      /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f][02468ace]$/.test(settings.traceparent ?? ''),
    tell: () => 'the given traceparent says that its caller does not keep the trace, and the mesh obeys',
    mend: 'Sample at the caller (flags 01), or set RYZ_TRACE_TRUST=restart on the api-server to decide for yourself.',
    means: "a caller's traceparent ends in 00",
  },
  {
    id: 'rate-truncated',
    hop: 'sampling',
    kind: 'broken',
    when: ({ sampling }) => value(sampling)?.truncated === true,
    tell: () =>
      'Jaeger serves a rate limit of 0 traces a second: it cuts rates to whole numbers, and 0.5 becomes 0',
    mend: 'Give at least 1 trace a second in the strategies, a probability instead, or let services read the file themselves (RYZ_SAMPLING_FILE).',
    means: 'a rate limit below one, served by Jaeger',
  },
  {
    id: 'sampling-zero',
    hop: 'sampling',
    kind: 'broken',
    when: ({ canary, sampling }) =>
      (canary.forced || canary.sampled === false) &&
      (value(sampling)?.probability === 0 || value(sampling)?.perSecond === 0),
    tell: ({ sampling }) => `the api-server keeps no trace that begins in it (${value(sampling)?.text})`,
    mend: 'Raise its rate in configs/sampling-strategies.json; that takes effect within seconds, without a restart.',
    means: 'the strategies give the api-server a rate of 0',
  },
  {
    id: 'always-off',
    hop: 'sampling',
    kind: 'broken',
    when: ({ canary }) => canary.forced && canary.sampled === false,
    tell: () => 'not even a request that asks to be kept is kept',
    mend: 'Look at OTEL_TRACES_SAMPLER of the api-server: always_off and a ratio of 0 keep nothing.',
    means: 'OTEL_TRACES_SAMPLER is an off sampler',
  },
  {
    id: 'sampled-away',
    hop: 'sampling',
    kind: 'warning',
    when: ({ canary }) => canary.forced,
    tell: ({ sampling }) =>
      `a plain request was not kept (${value(sampling)?.text ?? 'the strategies are not known here'}); one that asked to be kept is followed instead`,
    mend: 'That is what sampling does; `npx --no ryz sampling` shows the rates, `x-ryz-sampling-priority: keep` keeps one request.',
    means: 'some traces are not there, by intent',
  },
  {
    id: 'strategies-unreadable',
    hop: 'sampling',
    kind: 'warning',
    when: ({ sampling }) => sampling.state === 'silent',
    tell: ({ sampling }) => (sampling.state === 'silent' ? sampling.reason.replace(/\.$/, '') : ''),
    mend: 'Correct the file or the address; until then services keep to what they read before.',
    means: 'the strategies file or endpoint cannot be read',
  },
  {
    id: 'otlp-refused',
    hop: 'export',
    kind: 'broken',
    when: ({ otlp }) => ['refused', 'silent'].includes(value(otlp)?.speech ?? ''),
    tell: ({ settings }) => `nothing takes telemetry at ${settings.otlpEndpoint}`,
    mend: 'Start the Collector (or the embedded store), or correct the port in OTEL_EXPORTER_OTLP_ENDPOINT: 4317 is gRPC, 4318 HTTP.',
    means: 'the Collector is down, or the port is wrong',
  },
  {
    id: 'http-for-grpc',
    hop: 'export',
    kind: 'broken',
    when: ({ otlp }) => value(otlp)?.wanted === 'grpc' && value(otlp)?.speech === 'http',
    tell: ({ settings }) =>
      `${settings.otlpEndpoint} speaks OTLP over HTTP, and the services send it over gRPC`,
    mend: 'Use the gRPC port (4317) in OTEL_EXPORTER_OTLP_ENDPOINT.',
    means: 'port 4318 for an exporter that speaks gRPC',
  },
  {
    id: 'grpc-for-http',
    hop: 'export',
    kind: 'broken',
    when: ({ otlp }) => value(otlp)?.wanted === 'http' && value(otlp)?.speech === 'grpc',
    tell: ({ settings }) =>
      `${settings.otlpEndpoint} speaks OTLP over gRPC, and OTEL_EXPORTER_OTLP_PROTOCOL asks for HTTP`,
    mend: 'Use port 4318 with HTTP, or leave OTEL_EXPORTER_OTLP_PROTOCOL at grpc.',
    means: 'port 4317 for an exporter that speaks HTTP',
  },
  {
    id: 'plaintext-to-tls',
    hop: 'export',
    kind: 'broken',
    when: ({ otlp }) => value(otlp)?.speech === 'grpc over tls',
    tell: ({ settings }) => `${settings.otlpEndpoint} wants TLS, and http:// sends without`,
    mend: 'Write https:// in OTEL_EXPORTER_OTLP_ENDPOINT, and name the authority in OTEL_EXPORTER_OTLP_CERTIFICATE.',
    means: 'plaintext to a port that speaks TLS',
  },
  {
    id: 'otlp-credentials',
    hop: 'export',
    kind: 'broken',
    when: ({ otlp }) => value(otlp)?.speech === 'rejected credentials',
    tell: ({ settings }) => `${settings.otlpEndpoint} refuses whoever sends without the right credentials`,
    mend: 'Give them in OTEL_EXPORTER_OTLP_HEADERS (authorization=Bearer%20…).',
    means: 'the receiver asks for credentials',
  },
  {
    id: 'tls-to-plaintext',
    hop: 'export',
    kind: 'broken',
    when: ({ otlp, settings }) =>
      value(otlp)?.speech === 'something else' && settings.otlpEndpoint.startsWith('https:'),
    tell: ({ settings }) =>
      `${settings.otlpEndpoint} does not speak TLS, or not with a certificate that is trusted here`,
    mend: 'Write http:// where the receiver has no TLS, or name its authority in OTEL_EXPORTER_OTLP_CERTIFICATE.',
    means: 'TLS to a port that speaks plaintext, or an unknown authority',
  },
  {
    id: 'not-otlp',
    hop: 'export',
    kind: 'broken',
    when: ({ otlp }) => value(otlp)?.speech === 'something else',
    tell: ({ settings }) => `what listens at ${settings.otlpEndpoint} does not take OTLP`,
    mend: 'Correct OTEL_EXPORTER_OTLP_ENDPOINT: the Collector listens at 4317 (gRPC) and 4318 (HTTP).',
    means: 'another program has the port',
  },
  {
    id: 'sdk-queue-full',
    hop: 'export',
    kind: 'warning',
    when: ({ sdk }) => (value(sdk)?.queueFull ?? 0) > 0,
    tell: ({ sdk }) =>
      `services dropped about ${Math.ceil(value(sdk)?.queueFull ?? 0)} spans in the last 5 minutes because their queues were full`,
    mend: 'Raise OTEL_BSP_MAX_QUEUE_SIZE (4096), or see why the Collector takes them too slowly.',
    means: 'otel_sdk_processor_span_processed_total{error_type="queue_full"} grows',
  },
  {
    id: 'sdk-export-lost',
    hop: 'export',
    kind: 'warning',
    when: ({ sdk }) => (value(sdk)?.lost ?? 0) > 0,
    tell: ({ sdk }) =>
      `exports of about ${Math.ceil(value(sdk)?.lost ?? 0)} spans failed for good in the last 5 minutes`,
    mend: 'Look for `telemetry` in the logs of the services: they name the reason once a minute.',
    means: 'otel_sdk_exporter_span_exported_total{error_type!=""} grows',
  },
];
