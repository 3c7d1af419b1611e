import { render } from 'preact';
import { useEffect } from 'preact/hooks';
import { followLinks, navigate, usePath } from './navigation.ts';
import { pathOfId, routeOf } from './route.ts';
import { SearchPage } from './search-page.tsx';
import { TracePage } from './trace-page.tsx';

function Page() {
  const route = routeOf(usePath());
  useEffect(() => {
    document.addEventListener('click', followLinks);
    document.addEventListener('keydown', focusSearch);
    return () => {
      document.removeEventListener('click', followLinks);
      document.removeEventListener('keydown', focusSearch);
    };
  }, []);
  return (
    <>
      <a class="skip" href="#content">
        Skip to content
      </a>
      <header class="top">
        <a class="brand" href="/" aria-label="Tracebox, all traces">
          <svg viewBox="0 0 20 20" aria-hidden="true">
            <rect x="1" y="3" width="18" height="3.4" rx="1.7" class="b1" />
            <rect x="5" y="8.3" width="7" height="3.4" rx="1.7" class="b2" />
            <rect x="8.5" y="13.6" width="10.5" height="3.4" rx="1.7" class="b3" />
          </svg>
          <span>
            <b>Tracebox</b> <i>Ryzanstein</i>
          </span>
        </a>
        <JumpBox />
      </header>
      <main id="content" tabIndex={-1}>
        {route.page === 'search' && <SearchPage parameters={route.parameters} />}
        {route.page === 'trace' && (
          <TracePage key={route.traceId} traceId={route.traceId} spanId={route.spanId} />
        )}
        {route.page === 'nowhere' && (
          <div class="empty">
            <h1>There is nothing here</h1>
            <p>
              A trace's address is <code>/trace/</code> and 32 hexadecimal digits.{' '}
              <a href="/">See all traces</a>.
            </p>
          </div>
        )}
      </main>
    </>
  );
}

function JumpBox() {
  const jump = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const id = new FormData(form).get('id');
    if (typeof id !== 'string' || id.trim() === '') return;
    form.reset();
    navigate(pathOfId(id));
  };
  return (
    <form class="jump" role="search" onSubmit={jump}>
      <input
        id="jump"
        name="id"
        type="search"
        placeholder="Trace id or request id"
        aria-label="Trace id or request id"
        autocomplete="off"
        spellcheck={false}
      />
      <kbd aria-hidden="true">/</kbd>
    </form>
  );
}

/** `/` puts the cursor into the id box, as on most tools of this kind. */
function focusSearch(event: KeyboardEvent): void {
  if (event.key !== '/' || event.metaKey || event.ctrlKey || event.altKey) return;
  if (event.target instanceof Element && event.target.closest('input, select, textarea') !== null) return;
  event.preventDefault();
  document.getElementById('jump')?.focus();
}

const app = document.getElementById('app');
if (app !== null) render(<Page />, app);
