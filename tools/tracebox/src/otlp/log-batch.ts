import type { OtlpLog } from '@ryzanstein/trace-view';
import { anyValue, keyValues } from './any-value.ts';
import { identifier, nanos, object, objects, text, whole, type Source } from './fields.ts';
import { isSpanId, isTraceId, readResource, type ResourceRecord } from './span-batch.ts';

/** The log records of one resource. */
export interface LogGroup {
  readonly resource: ResourceRecord;
  readonly logs: readonly OtlpLog[];
}

/** Reads a decoded log export. Records without a trace id have no place in any view: they are accepted and left out. */
export function readLogBatch(request: Source): readonly LogGroup[] {
  const groups: LogGroup[] = [];
  for (const resourceLogs of objects(request, 'resourceLogs')) {
    const resource = readResource(object(resourceLogs, 'resource') ?? {});
    const logs = objects(resourceLogs, 'scopeLogs')
      .flatMap((scopeLogs) => objects(scopeLogs, 'logRecords').map(readLog))
      .filter((log) => isTraceId(log.traceId));
    if (logs.length > 0) groups.push({ resource, logs });
  }
  return groups;
}

function readLog(source: Source): OtlpLog {
  const time = nanos(source, 'timeUnixNano');
  const spanId = identifier(source, 'spanId');
  const severityNumber = whole(source, 'severityNumber');
  const severityText = text(source, 'severityText');
  const eventName = text(source, 'eventName');
  const attributes = keyValues(source, 'attributes');
  return {
    traceId: identifier(source, 'traceId'),
    ...(isSpanId(spanId) && { spanId }),
    // The protocol allows a record without its own time: when it was observed then counts.
    timeUnixNano: time === '0' ? nanos(source, 'observedTimeUnixNano') : time,
    ...(severityNumber !== 0 && { severityNumber }),
    ...(severityText !== '' && { severityText }),
    ...(eventName !== '' && { eventName }),
    body: anyValue(object(source, 'body')),
    ...(attributes.length > 0 && { attributes }),
  };
}
