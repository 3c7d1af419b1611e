import {
  attribute,
  duration,
  plainText,
  serviceStyle,
  type SpanLink,
  type SpanNode,
} from '@ryzanstein/trace-view';

interface SpanFactsProps {
  readonly node: SpanNode;
  /** The trace store's address for a browser. */
  readonly traceLink: string;
  readonly onClose: () => void;
}

/** What one span says. */
export function SpanFacts({ node, traceLink, onClose }: SpanFactsProps) {
  const { span } = node;
  return (
    <section class="span-facts" aria-label="Span" style={serviceStyle(span.service)}>
      <div class="trace-title">
        <h3>{span.name}</h3>
        <button type="button" class="quiet" onClick={onClose}>
          Close
        </button>
      </div>
      <p>
        <span class="dot" aria-hidden="true" /> {span.service} · {duration(node.durationUs)}, begun after{' '}
        {duration(node.offsetUs)}
      </p>
      {node.error && <p class="problem">{span.status.message ?? 'This span is an error.'}</p>}
      {span.links !== undefined && span.links.length > 0 && (
        <ul class="links" aria-label="Links to">
          {span.links.map((link) => (
            <li key={link.spanId}>
              <a href={`${traceLink}/trace/${link.traceId}`} target="_blank" rel="noreferrer">
                {linkText(link)}
              </a>
            </li>
          ))}
        </ul>
      )}
      {span.seenHere === true ? (
        <p>This page saw it; no store keeps it.</p>
      ) : (
        <dl>
          {(span.attributes ?? []).map(({ key, value }) => (
            <div key={key}>
              <dt>{key}</dt>
              <dd>{plainText(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

/** Whom it leads to; Jaeger on Elasticsearch keeps nothing of a link but its ids. */
function linkText({ traceId, attributes }: SpanLink): string {
  const requestId = attribute(attributes, 'request.id');
  if (requestId === '') return `⇄ trace ${traceId}`;
  const released = attribute(attributes, 'ryzanstein.link.released') === 'true';
  return `⇄ request ${requestId}${released ? ', whose end let this one in' : ''}`;
}
