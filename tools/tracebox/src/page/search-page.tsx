import { useEffect, useState } from 'preact/hooks';
import { counted } from '@ryzanstein/trace-view';
import { ApiError, getServices, getStatus, search, type Found, type Service, type Status } from './api.ts';
import { ResultList } from './result-list.tsx';
import { SearchForm } from './search-form.tsx';

const emptyPollMs = 2_000;

/** Filters and the newest traces that pass them; the address bar holds the filters. */
export function SearchPage({ parameters }: { parameters: URLSearchParams }) {
  const query = parameters.toString();
  const [services, setServices] = useState<readonly Service[]>([]);
  const [status, setStatus] = useState<Status>();
  const [found, setFound] = useState<Found>();
  const [problem, setProblem] = useState('');
  const [round, setRound] = useState(0);

  useEffect(() => {
    document.title = query === '' ? 'Tracebox' : 'Search – Tracebox';
    const leaving = new AbortController();
    const { signal } = leaving;
    Promise.all([search(parameters, signal), getServices(signal), getStatus(signal)]).then(
      ([traces, known, state]) => {
        setFound(traces);
        setServices(known);
        setStatus(state);
        setProblem('');
      },
      (error: unknown) => {
        if (signal.aborted) return;
        setProblem(error instanceof ApiError ? error.message : 'The search failed.');
      },
    );
    return () => leaving.abort();
  }, [query, round]);

  // An empty store is watched, so that the first trace shows by itself.
  const waiting = status?.traces === 0 || problem !== '';
  useEffect(() => {
    if (!waiting) return undefined;
    const timer = setTimeout(() => setRound(round + 1), emptyPollMs);
    return () => clearTimeout(timer);
  }, [waiting, round]);

  return (
    <div class="search">
      <aside class="filters" aria-label="Filters">
        <SearchForm key={query} parameters={parameters} services={services} />
        {status !== undefined && (
          <p class="stored">
            {counted(status.traces, 'trace')} stored, {counted(status.spans, 'span')},{' '}
            {counted(status.logs, 'log record')}. Kept: {status.maxTraces.toLocaleString('en')} traces,{' '}
            {counted(status.maxAgeHours, 'hour')}.
          </p>
        )}
      </aside>
      <section class="results" aria-label="Traces" aria-busy={found === undefined}>
        {problem !== '' && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        {found !== undefined && found.traces.length > 0 && (
          <>
            <div class="results-head">
              <h1 aria-live="polite">
                {query === ''
                  ? 'Newest traces'
                  : found.more
                    ? 'Newest matches'
                    : counted(found.traces.length, 'match').replace('matchs', 'matches')}
              </h1>
              <button type="button" class="quiet" onClick={() => setRound(round + 1)}>
                Refresh
              </button>
            </div>
            <ResultList traces={found.traces} />
            {found.more && (
              <p class="more">
                Only the newest {found.traces.length} are shown. Narrow the filters, or raise the limit.
              </p>
            )}
          </>
        )}
        {found?.traces.length === 0 && problem === '' && status !== undefined && (
          <NothingFound status={status} filtered={query !== ''} />
        )}
      </section>
    </div>
  );
}

function NothingFound({ status, filtered }: { status: Status; filtered: boolean }) {
  if (status.traces > 0)
    return (
      <div class="empty">
        <h1>No trace matches</h1>
        <p>
          {filtered ? 'Values are compared whole and exactly as sent. ' : ''}
          Take a filter away, or <a href="/">see all {counted(status.traces, 'trace')}</a>.
        </p>
      </div>
    );
  return (
    <div class="empty">
      <div class="pulse" aria-hidden="true" />
      <h1>Waiting for the first trace</h1>
      <p>Spans are taken here, and show as soon as they arrive:</p>
      <dl>
        <dt>OTLP/gRPC</dt>
        <dd>
          <code>http://{status.otlpGrpc}</code>
        </dd>
        <dt>OTLP/HTTP</dt>
        <dd>
          <code>http://{status.otlpHttp}/v1/traces</code>
        </dd>
      </dl>
      <p>
        Make one with <code>npx --no ryz chat "Hello"</code>. If none arrives,{' '}
        <code>npx --no ryz doctor</code> names the hop that is broken.
      </p>
    </div>
  );
}
