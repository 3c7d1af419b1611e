import { attribute, buildTrace, counted, duration, serviceStyle } from '@ryzanstein/trace-view';
import { TimeSpent, Waterfall, type TimeRange } from '@ryzanstein/trace-view/components';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { nowMs } from './clock.ts';
import { figuresOf, type Turn } from './conversation.ts';
import { drawnTrace } from './drawn-trace.ts';
import { SpanFacts } from './span-facts.tsx';
import type { Following } from './use-trace.ts';

/** How often what runs is drawn longer. */
const growEveryMs = 150;

interface TracePaneProps {
  readonly turn: Turn;
  readonly followed: Following;
  /** The trace store's address for a browser. */
  readonly traceLink: string;
}

/** The waterfall of one request, as it grows. */
export function TracePane({ turn, followed, traceLink }: TracePaneProps) {
  const [range, setRange] = useState<TimeRange>();
  const [selectedId, setSelectedId] = useState('');
  const now = useNow(turn.state === 'running');
  const settled = followed.state !== 'growing';
  const answer = useMemo(
    () => drawnTrace(turn, followed.stored, settled, now),
    [turn, followed.stored, settled, now],
  );
  const model = useMemo(() => buildTrace(answer), [answer]);
  const whole = { fromUs: 0, toUs: Math.max(model.durationUs, 1) };
  const selected = model.byId.get(selectedId);
  return (
    <section class="trace-pane" aria-labelledby="trace-title">
      <div class="trace-title">
        <h2 id="trace-title">Trace of this request</h2>
        <a href={`${traceLink}/trace/${turn.traceId}`} target="_blank" rel="noreferrer">
          Open in the trace store
        </a>
      </div>
      <Source turn={turn} followed={followed} />
      <Facts
        turn={turn}
        edgeFirstTokenMs={attribute(model.root?.span.attributes, 'ryzanstein.latency.ttft_ms')}
      />
      <TimeSpent model={model} />
      <ul class="services" aria-label="Services">
        {model.services.map(({ name, spanCount }) => (
          <li key={name} style={serviceStyle(name)}>
            {name} <small>{spanCount}</small>
          </li>
        ))}
      </ul>
      <Waterfall
        model={model}
        selectedId={selectedId}
        onSelect={setSelectedId}
        range={range ?? whole}
        zoomed={range !== undefined}
        onZoom={setRange}
      />
      {selected !== undefined && (
        <SpanFacts node={selected} traceLink={traceLink} onClose={() => setSelectedId('')} />
      )}
    </section>
  );
}

/** Says where what is drawn comes from. */
function Source({ turn, followed }: { turn: Turn; followed: Following }) {
  const { stored, state, problem, lookAgain } = followed;
  const count = stored?.spans.length ?? 0;
  const spans = counted(count, 'span');
  let kind = 'live';
  let text: string;
  if (problem !== '') {
    kind = 'trouble';
    text = problem;
  } else if (state === 'settled')
    [kind, text] = [
      'stored',
      `${spans}, as stored.${turn.state === 'stopped' ? ' You stopped it: its last phase is cut short.' : ''}`,
    ];
  else if (state === 'given-up')
    [kind, text] = [
      'trouble',
      count === 0
        ? 'No span was stored: the trace was not kept, or telemetry does not arrive. `ryz doctor` tells why.'
        : `${spans} as stored; the rest did not arrive.`,
    ];
  else if (count === 0) text = 'Dashed: what this page sees itself. No span is stored yet.';
  else text = `${spans} stored so far; dashed: what this page sees itself.`;
  return (
    <p class={`source ${kind}`} role="status">
      {kind === 'live' && <span class="growing">live</span>} {text}{' '}
      {state === 'given-up' && (
        <button type="button" class="quiet" onClick={lookAgain}>
          Look again
        </button>
      )}
    </p>
  );
}

function Facts({ turn, edgeFirstTokenMs }: { turn: Turn; edgeFirstTokenMs: string }) {
  const { firstTokenMs, totalMs, tokensPerSecond } = figuresOf(turn);
  const facts: (readonly [string, string])[] = [
    ['First token, seen here', milliseconds(firstTokenMs)],
    ['at the edge', edgeFirstTokenMs === '' ? '–' : milliseconds(Number(edgeFirstTokenMs))],
    ['Tokens/s', tokensPerSecond === undefined ? '–' : tokensPerSecond.toFixed(1)],
    ['Total', milliseconds(totalMs)],
    ['Tokens in, out', turn.usage === undefined ? '–' : `${turn.usage.input}, ${turn.usage.output}`],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
      <div class="ids">
        <dt>Request id</dt>
        <dd class="mono">{turn.requestId || '–'}</dd>
      </div>
      <div class="ids">
        <dt>Trace id</dt>
        <dd class="mono">{turn.traceId}</dd>
      </div>
    </dl>
  );
}

function milliseconds(ms: number | undefined): string {
  return ms === undefined ? '–' : duration(ms * 1e3);
}

/** The time, told often while `ticking`. */
function useNow(ticking: boolean): number {
  const [now, setNow] = useState(nowMs);
  useEffect(() => {
    if (!ticking) return undefined;
    setNow(nowMs());
    const timer = setInterval(() => setNow(nowMs()), growEveryMs);
    return () => clearInterval(timer);
  }, [ticking]);
  return now;
}
