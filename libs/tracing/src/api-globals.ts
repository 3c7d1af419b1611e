import {
  context,
  diag,
  DiagLogLevel,
  metrics,
  propagation,
  trace,
  type MeterProvider,
  type TracerProvider,
} from '@opentelemetry/api';
import { MeshContextManager } from './context-manager.ts';
import { atMostEvery, type TelemetryLogger } from './diagnostics.ts';
import { meshPropagator } from './propagation/propagator.ts';

const logIntervalMs = 60_000;

/**
 * Makes this library the one behind OpenTelemetry's API, which other libraries and user code call.
 * Returns what takes it back. Without providers: context and propagation alone.
 *
 * @throws Error when another SDK did so before; nothing is registered then.
 */
export function registerApi(
  provider: TracerProvider | undefined,
  report: TelemetryLogger,
  meters?: MeterProvider,
): () => void {
  const undo: (() => void)[] = [];
  const release = () => {
    for (const step of undo) step();
  };
  const register = (registered: boolean, disable: () => void) => {
    if (registered) undo.push(disable);
    else {
      release();
      throw new Error(
        'another OpenTelemetry SDK is registered in this process; this library needs to be the only one',
      );
    }
  };
  if (provider !== undefined) register(trace.setGlobalTracerProvider(provider), () => trace.disable());
  if (meters !== undefined) register(metrics.setGlobalMeterProvider(meters), () => metrics.disable());
  register(context.setGlobalContextManager(new MeshContextManager()), () => context.disable());
  register(propagation.setGlobalPropagator(meshPropagator), () => propagation.disable());

  const mayLog = atMostEvery(logIntervalMs);
  const say = (message: string) => {
    if (mayLog()) report.warn({}, `OpenTelemetry: ${message}`);
  };
  diag.setLogger(
    { error: say, warn: say, info: () => {}, debug: () => {}, verbose: () => {} },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  undo.push(() => diag.disable());
  return release;
}
