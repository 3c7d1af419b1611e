import {
  durationText,
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
