import { atMostEvery, type TelemetryLogger } from '../diagnostics.ts';
import type { ExportOutcome } from './sparing-exporter.ts';

const logIntervalMs = 60_000;

/** Says in a sentence, once a minute at most, that metrics do not arrive, and when they do again. */
export function reportOutcomes(endpoint: string, report: TelemetryLogger): ExportOutcome {
  const mayLog = atMostEvery(logIntervalMs);
  let reported = false;
  return (error) => {
    if (error === undefined) {
      if (reported) report.info({ endpoint }, `metrics are exported to ${endpoint} again`);
      reported = false;
    } else if (mayLog()) {
      reported = true;
      const reason = error.message;
      report.warn({ endpoint, reason }, `metrics cannot be exported to ${endpoint}: ${reason}`);
    }
  };
}
