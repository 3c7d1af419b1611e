import { readFileSync } from 'node:fs';

const lookEveryMs = 500;

/**
 * Calls back once when npm, or the shell between npm and this process, is gone. npm passes a SIGTERM
 * to that shell, and a shell that dies of it leaves the script running unseen.
 */
export function watchParent(onGone: () => void): { cancel(): void } {
  const started = lineage();
  const handle = setInterval(() => {
    if (lineage() === started) return;
    clearInterval(handle);
    onGone();
  }, lookEveryMs);
  handle.unref();
  return { cancel: () => clearInterval(handle) };
}

/** True under `npm start` and `npm run`. Without npm a mesh may well outlive the shell that it was started in. */
export function isNpmScript(env: Readonly<Record<string, string | undefined>>): boolean {
  return (env.npm_lifecycle_event ?? '') !== '';
}

// Where the system tells, the shell's own parent counts too: npm killed outright leaves the shell.
function lineage(): string {
  const parent = process.ppid;
  try {
    const stat = readFileSync(`/proc/${parent}/stat`, 'utf8');
    return `${parent} ${stat.slice(stat.lastIndexOf(')') + 1).split(' ')[2]}`;
  } catch {
    return String(parent);
  }
}
