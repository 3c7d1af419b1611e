import {
  durationText,
  listAttribute,
  numberAttribute,
  textAttribute,
  type Attributes,
  type Span,
  type SpanEvent,
  type SpanLink,
} from '@ryzanstein/trace-analysis';
import { printable } from './printable.ts';

/** What is said below a span's row. */
export interface Detail {
  readonly text: string;
  readonly tone: 'error' | 'warning' | 'plain';
}

/** How the call ended, what the model did, events and links, in this order. */
export function detailsOf(span: Span): Detail[] {
  return [
    ...outcome(span),
    ...tokens(span),
    ...waiting(span),
    ...span.events.map((event) => eventDetail(event, span)),
    ...span.links.map(linkDetail),
  ].map(({ text, tone }) => ({ text: printable(text), tone }));
}

function outcome(span: Span): Detail[] {
  const code = textAttribute(span.attributes, 'rpc.response.status_code');
  const details: Detail[] = [];
  if (span.status === 'error') {
    const what = textAttribute(span.attributes, 'error.type') ?? code ?? 'failed';
    const message = span.statusMessage === undefined ? '' : `: ${span.statusMessage}`;
    details.push({ text: `✗ ${what}${message}`, tone: 'error' });
  } else if (code !== undefined && code !== 'OK') {
    details.push({ text: `○ ended with ${code}`, tone: 'warning' });
  }
  if (span.attributes['ryzanstein.phase.truncated'] === true)
    details.push({ text: '○ cut short', tone: 'warning' });
  return details;
}

function tokens(span: Span): Detail[] {
  const input = textAttribute(span.attributes, 'ryzanstein.tokens.input');
  const output = textAttribute(span.attributes, 'ryzanstein.tokens.output');
  if (input === undefined || output === undefined) return [];
  const batch = textAttribute(span.attributes, 'ryzanstein.batch.size');
  const device = textAttribute(span.attributes, 'ryzanstein.gpu.id');
  const parts = [
    `${input} tokens in, ${output} out`,
    ...(batch === undefined ? [] : [`batch ${batch}`]),
    ...(device === undefined ? [] : [`device ${device}`]),
  ];
  return [{ text: `· ${parts.join(', ')}`, tone: 'plain' }];
}

/** Whom it waited behind, and who waited behind it. */
function waiting({ attributes, name, startNs, endNs }: Span): Detail[] {
  const details: Detail[] = [];
  const releasedBy = textAttribute(attributes, 'ryzanstein.lease.released_by');
  const behind = listAttribute(attributes, 'ryzanstein.lease.behind');
  const who = releasedBy ?? listed(behind, behind.length);
  // Its call, one row above, has the same attributes.
  if (name === 'gpu.lease.wait' && who !== '')
    details.push({ text: `· waited ${durationText(endNs - startNs)} behind ${who}`, tone: 'plain' });
  const requests = listAttribute(attributes, 'ryzanstein.lease.blocked_requests');
  const count = Math.max(numberAttribute(attributes, 'ryzanstein.lease.blocked_count') ?? 0, requests.length);
  if (count > 0) {
    const names = requests.length === 0 ? '' : `: ${listed(requests, count)}`;
    details.push({ text: `· ${count} waited behind it${names}`, tone: 'plain' });
  }
  return details;
}

function listed(requestIds: readonly string[], count: number): string {
  const rest = count - requestIds.length;
  return `${requestIds.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function eventDetail(event: SpanEvent, span: Span): Detail {
  if (event.name === 'exception') {
    const type = textAttribute(event.attributes, 'exception.type') ?? 'exception';
    const message = textAttribute(event.attributes, 'exception.message');
    return { text: `✗ ${type}${message === undefined ? '' : `: ${message}`}`, tone: 'error' };
  }
  const sinceNs = event.timeNs - span.startNs;
  const since = sinceNs < 0n ? `-${durationText(-sinceNs)}` : `+${durationText(sinceNs)}`;
  return { text: `◆ ${event.name} ${since}`, tone: 'plain' };
}

function linkDetail(link: SpanLink): Detail {
  const request = textAttribute(link.attributes, 'request.id');
  const held = textAttribute(link.attributes, 'ryzanstein.lease.id') !== undefined;
  const what = [
    held ? ' held a slot' : ' is linked',
    ...(isReleased(link.attributes) ? [', its release let this one in'] : []),
    ...(request === undefined ? [] : [` (request ${request})`]),
  ];
  return { text: `↗ trace ${link.traceId}${what.join('')}`, tone: 'plain' };
}

function isReleased(attributes: Attributes): boolean {
  return attributes['ryzanstein.link.released'] === true;
}
