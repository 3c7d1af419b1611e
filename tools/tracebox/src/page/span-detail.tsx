import { useEffect, useRef } from 'preact/hooks';
import {
  attribute,
  duration,
  type ReverseLink,
  serviceStyle,
  shortName,
  type SpanLink,
  type SpanNode,
  type TraceModel,
} from '@ryzanstein/trace-view';
import type { TimeRange } from '@ryzanstein/trace-view/components';
import { AttributeTable } from './attribute-table.tsx';
import { LogLines } from './log-list.tsx';
import { tracePath } from './route.ts';

const kinds = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];

interface DetailProps {
  readonly model: TraceModel;
  readonly node: SpanNode;
  readonly onClose: () => void;
  readonly onZoom: (range: TimeRange) => void;
}

/** All that is known of one span. */
export function SpanDetail({ model, node, onClose, onZoom }: DetailProps) {
  const { span } = node;
  const pane = useRef<HTMLElement>(null);
  useEffect(() => {
    if (pane.current !== null) pane.current.scrollTop = 0;
  }, [node.id]);
  const press = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    onClose();
    document.getElementById(`row-${node.id}`)?.focus();
  };
  return (
    <aside class="detail" aria-label="Span" ref={pane} onKeyDown={press} style={serviceStyle(span.service)}>
      <div class="detail-head">
        <div class="detail-title">
          <p class="service">
            <span class="dot" aria-hidden="true" />
            {span.service}
          </p>
          <h2>{span.name || '(no name)'}</h2>
        </div>
        <button type="button" class="close" onClick={onClose} aria-label="Close the span">
          <svg viewBox="0 0 12 12" aria-hidden="true">
            <path d="M2 2l8 8M10 2l-8 8" />
          </svg>
        </button>
      </div>
      {node.error && (
        <p class="problem">
          <b>Error</b> {span.status.message ?? attribute(span.attributes, 'error.type')}
        </p>
      )}
      <dl class="facts compact">
        <div>
          <dt>Duration</dt>
          <dd>{duration(node.durationUs)}</dd>
        </div>
        <div>
          <dt>Own time</dt>
          <dd>{duration(node.selfUs)}</dd>
        </div>
        <div>
          <dt>Start</dt>
          <dd>+{duration(node.offsetUs)}</dd>
        </div>
        <div>
          <dt>Kind</dt>
          <dd>{kinds[span.kind] ?? 'unspecified'}</dd>
        </div>
      </dl>
      <p>
        <button
          type="button"
          class="quiet"
          onClick={() =>
            onZoom({ fromUs: node.offsetUs, toUs: node.offsetUs + Math.max(node.durationUs, 1) })
          }
        >
          Zoom to this span
        </button>
      </p>
      <Links title="Links to" links={span.links ?? []} model={model} />
      <LinkedFrom links={node.linkedFrom} />
      {node.events.length > 0 && (
        <Section title="Events" count={node.events.length}>
          <ul class="events">
            {node.events.map((event, at) => (
              <li key={at}>
                <p>
                  <b>{event.name}</b> <small>+{duration(event.offsetUs - node.offsetUs)}</small>
                </p>
                <AttributeTable attributes={event.attributes} />
              </li>
            ))}
          </ul>
        </Section>
      )}
      {node.logs.length > 0 && (
        <Section title="Logs" count={node.logs.length}>
          <LogLines logs={node.logs} fromUs={node.offsetUs} />
        </Section>
      )}
      <Section title="Attributes" count={span.attributes?.length ?? 0}>
        {(span.attributes?.length ?? 0) === 0 ? (
          <p class="none-said">None was set.</p>
        ) : (
          <AttributeTable attributes={span.attributes ?? []} searchable />
        )}
      </Section>
      <details class="section">
        <summary>
          <h3>Resource and ids</h3>
        </summary>
        <AttributeTable
          attributes={[
            ...['span id', 'parent span id', 'trace state', 'scope'].flatMap((key, at) => {
              const value =
                [
                  span.spanId,
                  span.parentSpanId,
                  span.traceState,
                  `${span.scope.name} ${span.scope.version ?? ''}`,
                ][at]?.trim() ?? '';
              return value === '' ? [] : [{ key, value: { stringValue: value } }];
            }),
            ...(model.resources[span.resource]?.attributes ?? []),
          ]}
        />
      </details>
    </aside>
  );
}

function Section({
  title,
  count,
  children,
}: {
  title: string;
  count: number;
  children: preact.ComponentChildren;
}) {
  return (
    <section class="section">
      <h3>
        {title} <small>{count}</small>
      </h3>
      {children}
    </section>
  );
}

function Links({ title, links, model }: { title: string; links: readonly SpanLink[]; model: TraceModel }) {
  if (links.length === 0) return null;
  return (
    <Section title={title} count={links.length}>
      <ul class="links">
        {links.map((link, at) => {
          const target = model.linkTargets.get(link.spanId);
          return (
            <li key={at} style={serviceStyle(target?.service ?? '')}>
              <a href={tracePath(link.traceId, link.spanId)}>
                {link.traceId === model.traceId ? 'this trace' : link.traceId.slice(0, 8)}
                <span aria-hidden="true"> → </span>
                {target === undefined ? `span ${link.spanId}` : shortName(target.name)}
              </a>{' '}
              <small>{target?.service ?? 'not stored'}</small>
              {attribute(link.attributes, 'ryzanstein.link.released') === 'true' && (
                <p>
                  <span class="badge good">its release let this one in</span>
                </p>
              )}
              <AttributeTable attributes={link.attributes ?? []} />
            </li>
          );
        })}
      </ul>
    </Section>
  );
}

function LinkedFrom({ links }: { links: readonly ReverseLink[] }) {
  if (links.length === 0) return null;
  return (
    <Section title="Linked from" count={links.length}>
      <ul class="links">
        {links.map((link, at) => (
          <li key={at} style={serviceStyle(link.service)}>
            <a href={tracePath(link.traceId, link.spanId)}>
              {link.traceId.slice(0, 8)}
              <span aria-hidden="true"> ← </span>
              {shortName(link.name)}
            </a>{' '}
            <small>{link.service}</small>
            <AttributeTable attributes={link.attributes} />
          </li>
        ))}
      </ul>
    </Section>
  );
}
