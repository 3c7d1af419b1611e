import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { duration, ticks } from '../format.ts';
import { visibleRows, type Row, type TraceModel } from '../trace-model.ts';
import { rowHeight, WaterfallRow } from './waterfall-row.tsx';

/** The part of the trace that is shown, in microseconds from its start. */
export interface TimeRange {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Longer waterfalls are drawn only where they can be seen. */
const drawAllUpTo = 400;
const overscanRows = 20;

interface WaterfallProps {
  readonly model: TraceModel;
  readonly selectedId: string;
  readonly onSelect: (id: string) => void;
  readonly range: TimeRange;
  readonly zoomed: boolean;
  readonly onZoom: (range: TimeRange | undefined) => void;
}

/** The tree of spans over time. Arrow keys move, left and right fold, Enter opens, Escape closes. */
export function Waterfall({ model, selectedId, onSelect, range, zoomed, onZoom }: WaterfallProps) {
  const [collapsed, setCollapsed] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState('');
  const tree = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => visibleRows(model, collapsed), [model, collapsed]);
  const window = useWindow(tree, rows.length);
  const current = rows.some((row) => row.id === cursor) ? cursor : (rows[0]?.id ?? '');

  const toggle = (id: string, fold?: boolean): void => {
    const next = new Set(collapsed);
    if (fold ?? !next.has(id)) next.add(id);
    else next.delete(id);
    setCollapsed(next);
  };
  const reveal = (at: number, focus: boolean): void => {
    const row = rows[at];
    const list = tree.current;
    if (row === undefined || list === null) return;
    setCursor(row.id);
    const top = list.getBoundingClientRect().top + at * rowHeight;
    const head = 96;
    if (top < head || top > innerHeight - 3 * rowHeight) scrollBy({ top: top - innerHeight / 3 });
    if (focus)
      requestAnimationFrame(() => list.querySelector<HTMLElement>(`#row-${CSS.escape(row.id)}`)?.focus());
  };

  // A link that names a span leads the eye to it, once, also under folded parents.
  const revealed = useRef('');
  useEffect(() => {
    if (selectedId === revealed.current || !model.byId.has(selectedId)) return;
    const at = rows.findIndex((row) => row.id === selectedId);
    if (at < 0) setCollapsed(new Set());
    else {
      revealed.current = selectedId;
      reveal(at, false);
    }
  }, [selectedId, rows]);

  const press = (event: KeyboardEvent): void => {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const at = rows.findIndex((row) => row.id === current);
    const row = rows[at];
    if (row === undefined) return;
    const folds = row.kind === 'missing' || row.node.children.length > 0;
    const moves: Record<string, () => void> = {
      ArrowDown: () => reveal(Math.min(at + 1, rows.length - 1), true),
      ArrowUp: () => reveal(Math.max(at - 1, 0), true),
      Home: () => reveal(0, true),
      End: () => reveal(rows.length - 1, true),
      ArrowRight: () =>
        folds && collapsed.has(row.id)
          ? toggle(row.id, false)
          : reveal(Math.min(at + 1, rows.length - 1), true),
      ArrowLeft: () =>
        folds && !collapsed.has(row.id) ? toggle(row.id, true) : reveal(parentIndex(rows, at), true),
      Enter: () => (row.kind === 'span' ? onSelect(row.id) : toggle(row.id)),
      ' ': () => (row.kind === 'span' ? onSelect(row.id) : toggle(row.id)),
      Escape: () => onSelect(''),
      z: () => zoomTo(row),
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    move();
  };
  const zoomTo = (row: Row): void => {
    if (zoomed || row.kind !== 'span') onZoom(undefined);
    else onZoom({ fromUs: row.node.offsetUs, toUs: row.node.offsetUs + Math.max(row.node.durationUs, 1) });
  };

  return (
    <section class="waterfall" aria-label="Waterfall">
      <Ruler range={range} zoomed={zoomed} onReset={() => onZoom(undefined)} />
      <div
        class="rows"
        role="tree"
        aria-label="Spans"
        ref={tree}
        onKeyDown={press}
        style={window === undefined ? {} : { height: `${rows.length * rowHeight}px` }}
      >
        <Grid range={range} />
        {rows.map((row, at) =>
          window !== undefined && (at < window.from || at > window.to) ? null : (
            <WaterfallRow
              key={row.id}
              row={row}
              range={range}
              top={window === undefined ? undefined : at * rowHeight}
              selected={row.id === selectedId}
              current={row.id === current}
              folded={collapsed.has(row.id)}
              onToggle={toggle}
              onOpen={(id) => {
                setCursor(id);
                onSelect(id === selectedId ? '' : id);
              }}
            />
          ),
        )}
      </div>
    </section>
  );
}

function parentIndex(rows: readonly Row[], at: number): number {
  const depth = rows[at]?.depth ?? 0;
  for (let above = at - 1; above >= 0; above--) if ((rows[above]?.depth ?? 0) < depth) return above;
  return at;
}

/** Which rows of a long waterfall can be seen; undefined while it is short enough to draw whole. */
function useWindow(
  list: { current: HTMLElement | null },
  count: number,
): { from: number; to: number } | undefined {
  const [seen, setSeen] = useState({ from: 0, to: 80 });
  const long = count > drawAllUpTo;
  useEffect(() => {
    if (!long) return undefined;
    const update = (): void => {
      const top = list.current?.getBoundingClientRect().top ?? 0;
      const from = Math.max(0, Math.floor(-top / rowHeight) - overscanRows);
      setSeen({ from, to: from + Math.ceil(innerHeight / rowHeight) + 2 * overscanRows });
    };
    update();
    addEventListener('scroll', update, { passive: true });
    addEventListener('resize', update);
    return () => {
      removeEventListener('scroll', update);
      removeEventListener('resize', update);
    };
  }, [long]);
  return long ? seen : undefined;
}

function Ruler({ range, zoomed, onReset }: { range: TimeRange; zoomed: boolean; onReset: () => void }) {
  return (
    <div class="ruler">
      <div class="ruler-name">
        {zoomed ? (
          <button type="button" class="quiet" onClick={onReset}>
            Show the whole trace
          </button>
        ) : (
          'Span'
        )}
      </div>
      <div class="ruler-time" aria-hidden="true">
        {ticks(range.fromUs, range.toUs, 5).map((tick) => (
          <span key={tick} style={{ left: `${percent(tick, range)}%` }}>
            {duration(tick)}
          </span>
        ))}
      </div>
    </div>
  );
}

function Grid({ range }: { range: TimeRange }) {
  return (
    <div class="grid" aria-hidden="true">
      {ticks(range.fromUs, range.toUs, 5).map((tick) => (
        <span key={tick} style={{ left: `${percent(tick, range)}%` }} />
      ))}
    </div>
  );
}

/** Where a moment stands in the range, in percent. */
export function percent(us: number, { fromUs, toUs }: TimeRange): number {
  return (100 * (us - fromUs)) / (toUs - fromUs);
}
