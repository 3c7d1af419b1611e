/**
 * Methods that make no span, `package.Service/Method`: long-lived streams, health, reflection, and
 * the arrival of telemetry itself, which would otherwise make more of it.
 *
 * @example
 * const untracedMethods = [...defaultUntracedMethods, 'my.v1.Ticker/Watch'];
 * const telemetry = startTelemetry({ serviceName: 'my-service', untracedMethods });
 */
export const defaultUntracedMethods: readonly string[] = [
  'ryzanstein.gpu.v1.GpuCoordinator/KeepAlive',
  'ryzanstein.gpu.v1.GpuCoordinator/ReportDevices',
  'ryzanstein.gpu.v1.GpuCoordinator/WatchLeases',
  'grpc.health.v1.Health/Check',
  'grpc.health.v1.Health/Watch',
  'grpc.health.v1.Health/List',
  'grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
  'grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
  'opentelemetry.proto.collector.trace.v1.TraceService/Export',
  'opentelemetry.proto.collector.logs.v1.LogsService/Export',
  'opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
];
