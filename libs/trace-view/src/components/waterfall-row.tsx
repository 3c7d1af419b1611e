import { serviceStyle } from '../colours.ts';
import { counted, duration, shortName } from '../format.ts';
import type { Row, SpanNode } from '../trace-model.ts';
import { percent, type TimeRange } from './waterfall.tsx';

/** Pixels; the style sheet's `--row`. */
export const rowHeight = 30;

interface RowProps {
  readonly row: Row;
  readonly range: TimeRange;
  /** Place in a long waterfall, in pixels. */
  readonly top: number | undefined;
  readonly selected: boolean;
  readonly current: boolean;
  readonly folded: boolean;
  readonly onToggle: (id: string) => void;
  readonly onOpen: (id: string) => void;
}

/** One span: its name in the tree, its bar in time. */
export function WaterfallRow({ row, range, top, selected, current, folded, onToggle, onOpen }: RowProps) {
  const children = row.kind === 'missing' ? row.children : row.node.children.length;
  const service = row.kind === 'missing' ? '' : row.node.span.service;
  const failed = row.kind === 'span' && row.node.error;
  const seenHere = row.kind === 'span' && row.node.span.seenHere === true;
  const classes = ['row', row.kind, seenHere && 'seen-here', failed && 'failed', selected && 'selected']
    .filter(Boolean)
    .join(' ');
  return (
    <div
      id={`row-${row.id}`}
      class={classes}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-selected={selected}
      aria-label={row.kind === 'missing' ? 'Missing parent' : labelOf(row.node)}
      {...(children > 0 && { 'aria-expanded': !folded })}
      tabIndex={current ? 0 : -1}
      style={{
        ...serviceStyle(service),
        '--depth': String(row.depth),
        ...(top !== undefined && { position: 'absolute', top: `${top}px` }),
      }}
      onClick={() => (row.kind === 'span' ? onOpen(row.id) : onToggle(row.id))}
    >
      <div class="name">
        <span class="indent" aria-hidden="true" />
        {children > 0 ? (
          <button
            type="button"
            class={folded ? 'fold folded' : 'fold'}
            tabIndex={-1}
            aria-hidden="true"
            onClick={(event) => {
              event.stopPropagation();
              onToggle(row.id);
            }}
          >
            <svg viewBox="0 0 10 10">
              <path d="M2 3.2 5 6.6 8 3.2" />
            </svg>
          </button>
        ) : (
          <span class="fold none" />
        )}
        {row.kind === 'missing' ? (
          <span class="missing-name" title={`Span ${row.parentId} is named as parent, and has not arrived`}>
            Missing parent <code>{row.parentId.slice(0, 8)}</code>
          </span>
        ) : (
          <SpanName node={row.node} hidden={folded ? children : 0} />
        )}
      </div>
      <div class="time">{row.kind === 'span' && <Bar node={row.node} range={range} />}</div>
    </div>
  );
}

function labelOf(node: SpanNode): string {
  return `${node.span.name}, ${node.span.service}, ${duration(node.durationUs)}${node.error ? ', error' : ''}${node.span.seenHere === true ? ', seen by this page, not stored' : ''}`;
}

function SpanName({ node, hidden }: { node: SpanNode; hidden: number }) {
  const { span } = node;
  const linked = (span.links?.length ?? 0) + node.linkedFrom.length;
  return (
    <>
      <span class="dot" aria-hidden="true" />
      <span class="label" title={`${span.name}\n${span.service}`}>
        {node.error && <span class="mark">!</span>}
        <span class="op">{shortName(span.name) || '(no name)'}</span>
        <span class="service">{span.service}</span>
      </span>
      {hidden > 0 && <small class="hidden-count">+{hidden}</small>}
      {linked > 0 && (
        <small class="linked" title={`${counted(linked, 'link')} to or from other spans`}>
          ⇄ {linked}
        </small>
      )}
    </>
  );
}

function Bar({ node, range }: { node: SpanNode; range: TimeRange }) {
  const from = percent(node.offsetUs, range);
  const to = percent(node.offsetUs + node.durationUs, range);
  const left = Math.min(Math.max(from, 0), 100);
  const width = Math.min(Math.max(to, 0), 100) - left;
  const outside = to < 0 || from > 100;
  const seen = (us: number): boolean => us >= range.fromUs && us <= range.toUs;
  const at = (us: number) => ({ left: `${percent(us, range)}%` });
  return (
    <>
      {!outside && (
        <span
          class={`bar ${node.phase === undefined ? '' : `phase ${node.phase}`} ${from < 0 ? 'cut-left' : ''} ${to > 100 ? 'cut-right' : ''}`}
          style={{ left: `${left}%`, width: `${width}%` }}
        />
      )}
      <span class="length" style={{ left: `${left + width}%` }}>
        {duration(node.durationUs)}
      </span>
      {node.events
        .filter((event) => seen(event.offsetUs))
        .map((event, index) => (
          <span
            key={`e${index}`}
            class="tick"
            style={at(event.offsetUs)}
            title={`${event.name} at ${duration(event.offsetUs)}`}
          />
        ))}
      {node.logs
        .filter((log) => seen(log.offsetUs))
        .slice(0, 50)
        .map((log, index) => (
          <span
            key={`l${index}`}
            class={`log-dot ${log.severity.toLowerCase()}`}
            style={at(log.offsetUs)}
            title={`${log.severity} ${log.message.slice(0, 200)}`}
          />
        ))}
    </>
  );
}
