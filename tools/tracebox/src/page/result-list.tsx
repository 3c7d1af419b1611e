import { ago, counted, duration, moment, serviceStyle, shortName } from '@ryzanstein/trace-view';
import type { TraceSummary } from '../api/trace-summary.ts';
import { tracePath } from './route.ts';

/** Traces as lines, each with a small picture of its waterfall. */
export function ResultList({ traces }: { traces: readonly TraceSummary[] }) {
  const now = Date.now();
  const longest = Math.max(...traces.map((trace) => trace.durationMicros), 1);
  return (
    <ol class="traces">
      {traces.map((trace) => (
        <li key={trace.traceId}>
          <a href={tracePath(trace.traceId)} class={trace.errorCount > 0 ? 'trace failed' : 'trace'}>
            <div class="what">
              <strong title={trace.rootName}>{shortName(trace.rootName) || '(no name)'}</strong>
              {trace.errorCount > 0 && <span class="badge error">{counted(trace.errorCount, 'error')}</span>}
              {trace.rootMissing && (
                <span class="badge" title="The span at the top of this trace has not arrived">
                  root missing
                </span>
              )}
              <ul class="services">
                {trace.services.slice(0, 6).map(({ name, spanCount }) => (
                  <li key={name} style={serviceStyle(name)}>
                    {name} <small>{spanCount}</small>
                  </li>
                ))}
                {trace.services.length > 6 && <li>{trace.services.length - 6} more</li>}
              </ul>
            </div>
            <MiniBars trace={trace} />
            <div class="numbers">
              <b>{duration(trace.durationMicros)}</b>
              <span class="share" aria-hidden="true">
                <span style={{ width: `${Math.max(1, (100 * trace.durationMicros) / longest)}%` }} />
              </span>
              <small>{counted(trace.spanCount, 'span')}</small>
            </div>
            <time
              dateTime={new Date(trace.startUnixMicros / 1e3).toISOString()}
              title={moment(trace.startUnixMicros / 1e3)}
            >
              {ago(trace.startUnixMicros / 1e3, now)}
              <small>{trace.traceId.slice(0, 8)}</small>
            </time>
          </a>
        </li>
      ))}
    </ol>
  );
}

const width = 240;
const height = 36;

/** The longest spans, one thin line each. */
function MiniBars({ trace }: { trace: TraceSummary }) {
  const length = Math.max(trace.durationMicros, 1);
  const step = Math.min(4, height / Math.max(trace.bars.length, 1));
  const top = (height - step * trace.bars.length) / 2;
  return (
    <svg class="mini" viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {trace.bars.map((bar, at) => (
        <rect
          key={at}
          x={(width * bar.offsetMicros) / length}
          y={top + at * step}
          width={Math.max(1.5, (width * bar.durationMicros) / length)}
          height={Math.max(0.6, step * 0.7)}
          class={bar.error === true ? 'error' : 'bar'}
          style={serviceStyle(trace.services[bar.service]?.name ?? '')}
        />
      ))}
    </svg>
  );
}
