import { address, choice, defineConfig, flag, integer, logLevels, path } from '@ryzanstein/runtime';

/** The environment of the tracebox process. */
export const traceboxConfig = defineConfig({
  grpcAddress: address('RYZ_TRACEBOX_GRPC_ADDRESS', {
    default: '127.0.0.1:4317',
    description: 'where OTLP/gRPC is taken',
  }),
  httpAddress: address('RYZ_TRACEBOX_HTTP_ADDRESS', {
    default: '127.0.0.1:4318',
    description: 'where OTLP/HTTP is taken',
  }),
  uiAddress: address('RYZ_TRACEBOX_UI_ADDRESS', {
    default: '127.0.0.1:16686',
    description: 'where the page and the query API are served',
  }),
  file: path('RYZ_TRACEBOX_FILE', {
    default: '.data/tracebox.sqlite',
    description: 'the store; :memory: keeps nothing after the process ends',
  }),
  maxTraces: integer('RYZ_TRACEBOX_MAX_TRACES', {
    default: 10_000,
    min: 1,
    max: 1_000_000,
    unit: 'traces',
    description: 'traces kept; beyond it the oldest go',
  }),
  maxAgeHours: integer('RYZ_TRACEBOX_MAX_AGE_HOURS', {
    default: 24,
    min: 1,
    max: 8_760,
    unit: 'hours',
    description: 'age at which a trace goes, counted from its arrival',
  }),
  logLevel: choice('RYZ_LOG_LEVEL', logLevels, {
    default: 'info',
    description: 'least severe record logged',
  }),
  underLauncher: flag('RYZ_UNDER_LAUNCHER', {
    default: false,
    description: 'set by the launcher, which alone then handles the SIGINT of a terminal',
  }),
});
