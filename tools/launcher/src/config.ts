import { address, defineConfig, durationMs, flag, text, url } from '@ryzanstein/runtime';

/** The environment of `npm start`. Every other variable is passed on to the processes as it is. */
export const launcherConfig = defineConfig({
  apiGrpcAddress: address('RYZ_API_GRPC_ADDRESS', {
    default: '127.0.0.1:50051',
    description: 'Where api-server takes gRPC.',
  }),
  apiHttpAddress: address('RYZ_API_HTTP_ADDRESS', {
    default: '127.0.0.1:8080',
    description: "Where api-server offers OpenAI's HTTP API.",
  }),
  gpuGrpcAddress: address('RYZ_GPU_GRPC_ADDRESS', {
    default: '127.0.0.1:50052',
    description: 'Where gpu-coordinator takes gRPC.',
  }),
  inferenceGrpcAddress: address('RYZ_INFERENCE_GRPC_ADDRESS', {
    default: '127.0.0.1:50053',
    description: 'Where inference-engine takes gRPC.',
  }),
  traceboxGrpcAddress: address('RYZ_TRACEBOX_GRPC_ADDRESS', {
    default: '127.0.0.1:4317',
    description: 'Where tracebox takes OTLP over gRPC.',
  }),
  traceboxHttpAddress: address('RYZ_TRACEBOX_HTTP_ADDRESS', {
    default: '127.0.0.1:4318',
    description: 'Where tracebox takes OTLP over HTTP.',
  }),
  traceboxUiAddress: address('RYZ_TRACEBOX_UI_ADDRESS', {
    default: '127.0.0.1:16686',
    description: 'Where tracebox shows traces.',
  }),
  otlpEndpoint: text('OTEL_EXPORTER_OTLP_ENDPOINT', {
    optional: true,
    description: 'A Collector of your own; no tracebox is started then.',
  }),
  traceUrl: url('RYZ_TRACE_URL', {
    default: 'http://localhost:16686',
    description: 'Where traces are shown when OTEL_EXPORTER_OTLP_ENDPOINT is set.',
  }),
  apiKey: text('RYZ_API_KEY', {
    optional: true,
    description:
      'The key that the sample chat shows where RYZ_API_KEYS_FILE asks for one; not passed on to the processes.',
  }),
  webChat: flag('RYZ_WEB_CHAT', {
    default: true,
    description: 'Whether api-server offers the chat page, at /chat of its HTTP address.',
  }),
  drainMs: durationMs('RYZ_DRAIN_MS', {
    default: 10_000,
    max: 600_000,
    description: 'How long running calls may take to finish at Ctrl-C.',
  }),
  startTimeoutMs: durationMs('RYZ_START_TIMEOUT_MS', {
    default: 120_000,
    min: 1_000,
    max: 3_600_000,
    description: 'How long one process may take until it is ready.',
  }),
});
