import { SpanStatusCode, type Attributes } from '@opentelemetry/api';
import { resourceFromAttributes, type Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { readdirSync, readFileSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { hrTimeOf } from '../epoch-time.ts';
import { parseTraceState } from '../propagation/trace-state.ts';
import { headerBytes, readSlots, type JournaledSpan } from './journal-file.ts';
import { isAlive, journalName, ownerOf, thisProcess } from './journal-owner.ts';

/** What a killed process of a service had not sent. */
export interface LostSpans {
  readonly spans: readonly ReadableSpan[];
  /** They have been sent; nobody needs the journals any more. */
  forget(): void;
}

// What is older belongs to traces that nobody looks at any more.
const oldestMs = 24 * 3_600_000;

/**
 * Takes over the journals of processes of the service that run no more. Of several processes that
 * start at the same time, each journal goes to one.
 */
export function takeLostSpans(folder: string, service: string, nowEpochMs: number): LostSpans {
  const spans: ReadableSpan[] = [];
  const taken: string[] = [];
  const own = thisProcess();
  for (const name of namesIn(folder)) {
    const owner = ownerOf(name, service);
    if (owner === undefined || isAlive(owner)) continue;
    const path = join(folder, journalName(service, own, taken.length));
    try {
      renameSync(join(folder, name), path);
    } catch {
      // Another process was faster.
      continue;
    }
    taken.push(path);
    try {
      const { mtimeMs } = statSync(path);
      if (nowEpochMs - mtimeMs <= oldestMs) spans.push(...readJournal(readFileSync(path), mtimeMs));
    } catch {
      // Unreadable: there is nothing to tell of it.
    }
  }
  return {
    spans,
    forget() {
      for (const path of taken.splice(0)) {
        try {
          unlinkSync(path);
        } catch {
          // Somebody tidied up.
        }
      }
    },
  };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** `lastSignMs`: when the process last wrote, milliseconds since 1970; it died then or later. */
function readJournal(file: Buffer, lastSignMs: number): ReadableSpan[] {
  const [header = ''] = file.toString('utf8', 0, headerBytes).split('\0', 1);
  const resource = resourceFromAttributes(JSON.parse(header === '' ? '{}' : header) as Attributes);
  return readSlots(file).map((span) => lostSpan(span, resource, lastSignMs));
}

function lostSpan(span: JournaledSpan, resource: Resource, lastSignMs: number): ReadableSpan {
  const { traceId, spanId, traceFlags, startEpochMs, end } = span;
  const traceState = span.traceState === undefined ? undefined : parseTraceState(span.traceState);
  const spanContext = { traceId, spanId, traceFlags, ...(traceState === undefined ? {} : { traceState }) };
  const endEpochMs = Math.max(startEpochMs, end?.endEpochMs ?? lastSignMs);
  const attributes: Attributes = { ...span.attributes, 'ryzanstein.span.recovered': true };
  if (end === undefined) attributes['error.type'] = 'PROCESS_KILLED';
  else if (end.rpcStatus !== undefined) {
    attributes['rpc.response.status_code'] = end.rpcStatus;
    if (end.status === SpanStatusCode.ERROR) attributes['error.type'] = end.rpcStatus;
  }
  return {
    name: span.name,
    kind: span.kind,
    spanContext: () => spanContext,
    ...(span.parentSpanId === undefined
      ? {}
      : {
          parentSpanContext: {
            traceId,
            spanId: span.parentSpanId,
            traceFlags,
            isRemote: span.parentRemote === true,
          },
        }),
    startTime: hrTimeOf(startEpochMs),
    endTime: hrTimeOf(endEpochMs),
    duration: hrTimeOf(endEpochMs - startEpochMs),
    status:
      end === undefined
        ? { code: SpanStatusCode.ERROR, message: 'The process was killed before the span ended' }
        : { code: end.status },
    attributes,
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationScope: { name: span.scope },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}
