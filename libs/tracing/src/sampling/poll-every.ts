/**
 * Runs `job` again and again, `ms` after the last run has ended, and so never twice at the same time.
 * Keeps no process alive. `job` must not reject. Returns what stops it.
 */
export function pollEvery(ms: number, first: 'at once' | 'later', job: () => Promise<void>): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const wait = () => {
    if (stopped) return;
    timer = setTimeout(run, ms);
    timer.unref();
  };
  const run = () => void job().then(wait);
  if (first === 'at once') run();
  else wait();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
