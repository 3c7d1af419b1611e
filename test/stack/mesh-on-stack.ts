import { randomBytes } from 'node:crypto';
import type { Stack } from '@ryzanstein/stack';
import { meshUnderTest, type Caller, type MeshUnderTest } from '../mesh/mesh-under-test.ts';
import { outline, storedSpans, until, type StoredSpan } from '../mesh/stored-trace.ts';

/** A mesh whose telemetry goes to a stack. */
export interface MeshOnStack extends Omit<MeshUnderTest, 'trace'> {
  /** Its deployment environment, which nothing else has: a label of all its metrics. */
  readonly environment: string;
  /** Every line that the services have written. */
  readonly lines: readonly string[];
  /** The trace in Jaeger once its outline is `expected`. */
  trace(from: Caller, expected: string): Promise<StoredSpan[]>;
}

/** Long enough for SDK, Collector and store on a busy machine. */
export const arrivesWithinMs = 20_000;

/** Starts the three services against the stack, with metrics every second. */
export async function meshOnStack(
  stack: Stack,
  env: Readonly<Record<string, string>> = {},
): Promise<MeshOnStack> {
  const environment = `test-${randomBytes(4).toString('hex')}`;
  const lines: string[] = [];
  const mesh = await meshUnderTest({
    logs: (_, line) => lines.push(line),
    tracebox: false,
    env: {
      ...stack.env(),
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
      OTEL_RESOURCE_ATTRIBUTES: `deployment.environment.name=${environment}`,
      ...env,
    },
  });
  return {
    ...mesh,
    environment,
    lines,
    trace: ({ traceId, spanId }, expected) =>
      until(
        () => jaegerTrace(stack, traceId),
        (spans) => outline(spans, spanId) === expected,
        arrivesWithinMs,
      ),
  };
}

/** The spans of a trace that Jaeger has now. */
export function jaegerTrace(stack: Stack, traceId: string): Promise<StoredSpan[]> {
  return storedSpans(new URL(stack.endpoints.jaegerQuery).host, traceId);
}
