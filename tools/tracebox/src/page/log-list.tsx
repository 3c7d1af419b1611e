import { counted, duration, type LogLine, serviceStyle, type TraceModel } from '@ryzanstein/trace-view';
import { AttributeTable } from './attribute-table.tsx';

/** Lines beyond this are not drawn. */
const maxLines = 1_000;

/** All logs of the trace by time; those of the selected span stand out, and a click selects the span. */
export function LogList({
  model,
  selectedId,
  onSelect,
}: {
  model: TraceModel;
  selectedId: string;
  onSelect: (id: string) => void;
}) {
  if (model.logs.length === 0)
    return (
      <section class="logs" aria-label="Logs">
        <h2>Logs</h2>
        <p class="none-said">No log record carries this trace's id.</p>
      </section>
    );
  return (
    <section class="logs" aria-label="Logs">
      <h2>
        Logs <small>{counted(model.logs.length, 'record')}</small>
      </h2>
      <ol>
        {model.logs.slice(0, maxLines).map((log, at) => {
          const known = model.byId.has(log.spanId);
          const line = <Line log={log} />;
          return (
            <li
              key={at}
              class={log.spanId !== '' && log.spanId === selectedId ? 'of-selected' : ''}
              style={serviceStyle(log.service)}
            >
              {known ? (
                <button type="button" onClick={() => onSelect(log.spanId)}>
                  {line}
                </button>
              ) : (
                <div>{line}</div>
              )}
            </li>
          );
        })}
      </ol>
      {model.logs.length > maxLines && <p class="more">Only the first {maxLines} are shown.</p>}
    </section>
  );
}

/** A log may be written just before its span starts. */
function after(us: number): string {
  return us < 0 ? `−${duration(-us)}` : `+${duration(us)}`;
}

function Line({ log }: { log: LogLine }) {
  return (
    <>
      <span class="at">{after(log.offsetUs)}</span>
      <span class={`level ${log.severity.toLowerCase()}`}>{log.severity}</span>
      <span class="service">
        <span class="dot" aria-hidden="true" />
        {log.service}
      </span>
      <span class="message">{log.message}</span>
    </>
  );
}

/** The logs of one span, with their fields; times count from `fromUs`. */
export function LogLines({ logs, fromUs }: { logs: readonly LogLine[]; fromUs: number }) {
  return (
    <ol class="log-lines">
      {logs.slice(0, maxLines).map((log, at) => (
        <li key={at}>
          <p>
            <span class={`level ${log.severity.toLowerCase()}`}>{log.severity}</span>{' '}
            <small>{after(log.offsetUs - fromUs)}</small> {log.message}
          </p>
          <AttributeTable attributes={log.attributes} />
        </li>
      ))}
    </ol>
  );
}
