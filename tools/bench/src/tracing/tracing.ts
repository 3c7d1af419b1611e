import { startTelemetry } from '@ryzanstein/tracing';
import type { Interceptor, ServerInterceptor } from '@grpc/grpc-js';
import type { createRequire } from 'node:module';
import type { Tracing } from './variants.ts';

/** One way of tracing, set up before grpc-js is loaded. */
export interface TracingUnderTest {
  readonly clientInterceptors: Interceptor[];
  readonly serverInterceptors: ServerInterceptor[];
  /** Sends what has ended, so that no variant gets its export for nothing. */
  flush(): Promise<void>;
}

/** Where a sink listens. */
export interface SinkAddresses {
  readonly otlp: string;
  readonly datadog: string;
  readonly elastic: string;
}

const untraced: TracingUnderTest = {
  clientInterceptors: [],
  serverInterceptors: [],
  flush: () => Promise.resolve(),
};

/** Sets tracing up in this process. `requirePeer` loads what the mesh is compared with. */
export function setUpTracing(
  tracing: Tracing,
  sink: SinkAddresses,
  requirePeer: ReturnType<typeof createRequire>,
): TracingUnderTest {
  switch (tracing) {
    case 'none':
      return untraced;
    case 'mesh':
      return meshTracing();
    case 'stock':
    case 'datadog':
    case 'elastic': {
      const setUp = requirePeer(`./${tracing}.cjs`) as (url: string) => () => Promise<void>;
      return { ...untraced, flush: setUp(tracing === 'stock' ? sink.otlp : sink[tracing]) };
    }
  }
}

function meshTracing(): TracingUnderTest {
  const telemetry = startTelemetry({ serviceName: 'bench' });
  return {
    clientInterceptors: [...telemetry.clientInterceptors],
    serverInterceptors: [...telemetry.serverInterceptors],
    flush: () => telemetry.forceFlush(),
  };
}
