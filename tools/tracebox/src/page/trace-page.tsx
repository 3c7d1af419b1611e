import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { buildTrace, shortName, type TraceModel } from '@ryzanstein/trace-view';
import { type TimeRange, TimeSpent, Waterfall } from '@ryzanstein/trace-view/components';
import { ApiError, getTrace } from './api.ts';
import { LogList } from './log-list.tsx';
import { navigate } from './navigation.ts';
import { tracePath } from './route.ts';
import { SpanDetail } from './span-detail.tsx';
import { TraceHead } from './trace-head.tsx';
import { WhySlow } from './why-slow.tsx';

const pollMs = 1_000;
/** A trace that got nothing new for this long has come to its end; an absent one is waited for as long. */
const settledMs = 10_000;

interface Loaded {
  readonly model: TraceModel | undefined;
  readonly problem: string;
  readonly growing: boolean;
}

/** The trace, read again each second while it may still grow. */
function useTrace(traceId: string): Loaded {
  const [loaded, setLoaded] = useState<Loaded>({ model: undefined, problem: '', growing: true });
  useEffect(() => {
    const leaving = new AbortController();
    const openedAt = performance.now();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let shownTag = '';
    const load = async (): Promise<void> => {
      try {
        const { answer, tag, quietMs } = await getTrace(traceId, leaving.signal);
        const growing = quietMs < settledMs;
        const model = tag === shownTag ? undefined : buildTrace(answer);
        shownTag = tag;
        setLoaded((before) => ({ model: model ?? before.model, problem: '', growing }));
        if (growing) timer = setTimeout(() => void load(), pollMs);
      } catch (error) {
        if (leaving.signal.aborted) return;
        const waiting = performance.now() - openedAt < settledMs;
        const problem = error instanceof ApiError ? error.message : 'This trace cannot be shown.';
        setLoaded((before) => ({ model: before.model, problem, growing: waiting }));
        if (waiting) timer = setTimeout(() => void load(), pollMs);
      }
    };
    void load();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [traceId]);
  return loaded;
}

/** One trace: head, where the time went, waterfall, the selected span, all logs. */
export function TracePage({ traceId, spanId }: { traceId: string; spanId: string }) {
  const { model, problem, growing } = useTrace(traceId);
  const [range, setRange] = useState<TimeRange>();
  const select = useCallback((id: string) => navigate(tracePath(traceId, id), 'replace'), [traceId]);
  const selected = model?.byId.get(spanId);
  const title = shortName(model?.root?.span.name ?? '') || traceId.slice(0, 8);
  useEffect(() => {
    document.title = `${title} – Tracebox`;
  }, [title]);
  const close = useCallback(() => select(''), [select]);
  const whole = useMemo(() => ({ fromUs: 0, toUs: Math.max(model?.durationUs ?? 0, 1) }), [model]);

  if (model === undefined)
    return problem === '' ? (
      <div class="loading" role="status">
        Loading the trace…
      </div>
    ) : (
      <div class="empty">
        {growing && <div class="pulse" aria-hidden="true" />}
        <h1>{growing ? 'Waiting for this trace' : 'This trace is not here'}</h1>
        <p role="status">{problem}</p>
        <p>
          <code>{traceId}</code>
        </p>
        <p>
          Spans come in batches, up to five seconds after they end. <a href="/">See all traces</a>.
        </p>
      </div>
    );

  return (
    <div class={selected === undefined ? 'trace-page' : 'trace-page with-detail'}>
      <div class="trace-main">
        <TraceHead model={model} growing={growing} />
        {model.byId.size === 0 ? (
          <div class="empty">
            <h1>Logs without spans</h1>
            <p>
              No span of this trace is stored: it was not sampled, or its spans have not arrived. Its logs are
              below.
            </p>
          </div>
        ) : (
          <>
            <TimeSpent model={model} />
            <WhySlow traceId={traceId} spanCount={model.byId.size} />
            <Waterfall
              model={model}
              selectedId={spanId}
              onSelect={select}
              range={range ?? whole}
              zoomed={range !== undefined}
              onZoom={setRange}
            />
          </>
        )}
        <LogList model={model} selectedId={spanId} onSelect={select} />
      </div>
      {selected !== undefined && (
        <SpanDetail model={model} node={selected} onClose={close} onZoom={setRange} />
      )}
    </div>
  );
}
