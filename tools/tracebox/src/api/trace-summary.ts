import type { TracePicture, TraceRow } from '../store/trace-reader.ts';

/** A trace as one line of a list. */
export interface TraceSummary {
  readonly traceId: string;
  /** Name and service of the root, or of the earliest span where the root is missing. */
  readonly rootName: string;
  readonly rootService: string;
  /** No span without a parent has arrived. */
  readonly rootMissing: boolean;
  readonly startUnixMicros: number;
  readonly durationMicros: number;
  readonly spanCount: number;
  readonly errorCount: number;
  /** By number of spans, most first. */
  readonly services: readonly { readonly name: string; readonly spanCount: number }[];
  /** The longest spans in order of start: a picture of the trace. */
  readonly bars: readonly Bar[];
}

/** One span of the picture; `service` counts into `services`. */
export interface Bar {
  readonly service: number;
  readonly offsetMicros: number;
  readonly durationMicros: number;
  readonly error?: true;
}

/** A trace as the list shows it. */
export function summarise(trace: TraceRow, { root, first, services, bars }: TracePicture): TraceSummary {
  const shown = root ?? first;
  return {
    traceId: trace.traceId,
    rootName: shown?.name ?? '',
    rootService: shown?.service ?? '',
    rootMissing: root === undefined,
    startUnixMicros: trace.startUs,
    durationMicros: trace.endUs - trace.startUs,
    spanCount: trace.spanCount,
    errorCount: trace.errorCount,
    services,
    bars: bars.map(({ service, startUs, endUs, error }) => ({
      service: services.findIndex(({ name }) => name === service),
      offsetMicros: startUs - trace.startUs,
      durationMicros: endUs - startUs,
      ...(error === 1 && { error: true as const }),
    })),
  };
}
