import { duration, plainText, serviceStyle, type SpanNode } from '@ryzanstein/trace-view';

/** What one span says. */
export function SpanFacts({ node, onClose }: { node: SpanNode; onClose: () => void }) {
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
