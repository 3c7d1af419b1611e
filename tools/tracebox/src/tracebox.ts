import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { listenOn, silentLogger, systemClock, type Clock, type Logger } from '@ryzanstein/runtime';
import { listenUi } from './api/ui-server.ts';
import { traceboxConfig } from './config.ts';
import { createCollector } from './otlp/collector.ts';
import { listenGrpc } from './otlp/grpc-receiver.ts';
import { listenHttp } from './otlp/http-receiver.ts';
import { openTraceStore } from './store/trace-store.ts';

/** How a tracebox runs. Addresses are host:port; port 0 takes any free one. */
export interface TraceboxOptions {
  /** OTLP/gRPC; default 127.0.0.1:4317. */
  readonly grpcAddress?: string;
  /** OTLP/HTTP; default 127.0.0.1:4318. */
  readonly httpAddress?: string;
  /** Page and query API; default 127.0.0.1:16686. */
  readonly uiAddress?: string;
  /** SQLite file; default `:memory:`. */
  readonly file?: string;
  /** The built page; default `dist/page` of this project. */
  readonly pageFolder?: string;
  /** Default 10 000. */
  readonly maxTraces?: number;
  /** Default 24 hours. */
  readonly maxAgeMs?: number;
  readonly clock?: Clock;
  readonly logger?: Logger;
}

/** A running tracebox. */
export interface Tracebox {
  /** host:port of each, with actual ports. */
  readonly addresses: { readonly otlpGrpc: string; readonly otlpHttp: string; readonly ui: string };
  /** Ends what runs, then closes the store. */
  stop(): Promise<void>;
}

/**
 * Starts store, receivers and page in this process.
 *
 * @throws Error with a sentence that names the variable to change when the file or an address
 * cannot be used; nothing is left open.
 */
export async function startTracebox(options: TraceboxOptions = {}): Promise<Tracebox> {
  const clock = options.clock ?? systemClock;
  const logger = options.logger ?? silentLogger;
  const store = openTraceStore({
    file: options.file ?? ':memory:',
    maxTraces: options.maxTraces ?? 10_000,
    maxAgeMs: options.maxAgeMs ?? 24 * 3_600_000,
    clock,
    logger,
  });
  const addresses = {
    grpc: options.grpcAddress ?? '127.0.0.1:4317',
    http: options.httpAddress ?? '127.0.0.1:4318',
    ui: options.uiAddress ?? '127.0.0.1:16686',
  };
  const closers: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(closers.map((close) => close()));
    store.close();
  };
  try {
    const collect = createCollector(store, logger);
    const grpc = await listenOn(traceboxConfig.grpcAddress, addresses.grpc, (address) =>
      listenGrpc(address, collect),
    );
    closers.push(() => grpc.close());
    const http = await listenOn(traceboxConfig.httpAddress, addresses.http, (address) =>
      listenHttp(address, collect),
    );
    closers.push(() => http.close());
    const otlp = { otlpGrpc: grpc.address, otlpHttp: http.address };
    const pageFolder = options.pageFolder ?? defaultPageFolder();
    const nowMs = (): number => clock.epochMs();
    const ui = await listenOn(traceboxConfig.uiAddress, addresses.ui, (address) =>
      listenUi({ address, store, nowMs, pageFolder, otlp, logger }),
    );
    closers.push(() => ui.close());
    return { addresses: { ...otlp, ui: ui.address }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Beside the bundle (`dist/main.js`), or in `dist` when run from the sources. */
function defaultPageFolder(): string {
  const beside = fileURLToPath(new URL('./page/index.html', import.meta.url));
  const bundled = import.meta.url.includes('/dist/') && existsSync(beside);
  return fileURLToPath(new URL(bundled ? './page' : '../dist/page', import.meta.url));
}
