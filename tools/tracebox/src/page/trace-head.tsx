import { useState } from 'preact/hooks';
import { counted, duration, moment, serviceStyle, shortName, type TraceModel } from '@ryzanstein/trace-view';
import { searchPath } from './route.ts';

/** What the trace is, in two lines. */
export function TraceHead({ model, growing }: { model: TraceModel; growing: boolean }) {
  const { root } = model;
  return (
    <div class="trace-head">
      <p class="crumbs">
        <a href="/">Traces</a>
        <span aria-hidden="true">/</span>
        <CopyId id={model.traceId} />
        {growing && (
          <span class="growing" role="status">
            live
          </span>
        )}
      </p>
      <h1 title={root?.span.name}>
        {root === undefined
          ? model.byId.size === 0
            ? 'No spans'
            : 'Root span missing'
          : shortName(root.span.name)}
        {model.errorCount > 0 && <span class="badge error">{counted(model.errorCount, 'error')}</span>}
      </h1>
      <dl class="facts">
        <div>
          <dt>Duration</dt>
          <dd>{duration(root?.durationUs ?? model.durationUs)}</dd>
        </div>
        <div>
          <dt>Started</dt>
          <dd>{moment(model.startMs)}</dd>
        </div>
        <div>
          <dt>Spans</dt>
          <dd>{model.byId.size.toLocaleString('en')}</dd>
        </div>
        {model.requestId !== '' && (
          <div>
            <dt>Request id</dt>
            <dd>
              <a class="mono" href={searchPath({ requestId: model.requestId })}>
                {model.requestId}
              </a>
            </dd>
          </div>
        )}
        <div class="wide">
          <dt>Services</dt>
          <dd>
            <ul class="services">
              {model.services.map(({ name, spanCount }) => (
                <li key={name} style={serviceStyle(name)}>
                  {name} <small>{spanCount}</small>
                </li>
              ))}
            </ul>
          </dd>
        </div>
      </dl>
    </div>
  );
}

/** An id that a click copies. */
function CopyId({ id }: { id: string }) {
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    navigator.clipboard?.writeText(id).then(
      () => {
        setCopied(true);
        setTimeout(() => setCopied(false), 1_500);
      },
      () => {},
    );
  };
  return (
    <button type="button" class="copy mono" onClick={copy} title="Copy the trace id">
      {id}
      <span aria-live="polite">{copied ? 'copied' : ''}</span>
    </button>
  );
}
