import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import type { MetricProducer } from '@opentelemetry/sdk-metrics';
import type { TelemetryLogger } from '../diagnostics.ts';

const path = '/metrics';

/**
 * Serves metrics to whoever asks. Its own listener, because the exporter's takes port 0 for its
 * default, and a port that is taken for a defect.
 */
export class PrometheusEndpoint extends PrometheusExporter {
  private readonly server: Server;

  constructor(
    listen: { readonly host: string; readonly port: number },
    producers: MetricProducer[],
    report: TelemetryLogger,
  ) {
    super({ preventServerStart: true, metricProducers: producers });
    const { host, port } = listen;
    this.server = createServer((request, response) => {
      if (request.url?.split('?')[0] === path) this.getMetricsRequestHandler(request, response);
      else response.writeHead(404).end();
    });
    this.server.on('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'EADDRINUSE' ? 'something else listens there' : error.message;
      const mend = 'OTEL_EXPORTER_PROMETHEUS_PORT names another port';
      report.error({ host, port }, `metrics cannot be served on ${host}:${port}: ${reason}; ${mend}`);
    });
    this.server.listen(port, host, () => {
      const { port: bound } = this.server.address() as AddressInfo;
      report.info({ host, port: bound }, `metrics are served on http://${authority(host)}:${bound}${path}`);
    });
    this.server.unref();
  }

  override async onShutdown(): Promise<void> {
    await new Promise<void>((closed) => {
      this.server.close(() => closed());
      this.server.closeAllConnections();
    });
  }
}

function authority(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
