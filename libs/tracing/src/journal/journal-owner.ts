import { readFileSync } from 'node:fs';

/** A process, told apart from a later one of the same number. */
export interface Owner {
  readonly pid: number;
  /** When the system says that it started; 0 where it does not say. */
  readonly started: string;
}

/** This process. */
export function thisProcess(): Owner {
  return { pid: process.pid, started: startOf(process.pid) ?? '0' };
}

/** Whether a process runs that is the owner. */
export function isAlive({ pid, started }: Owner): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's process is alive, too.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return (startOf(pid) ?? started) === started;
}

/** Linux only: field 22 of the process's `stat`, behind a name that may hold anything. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

const pattern = /^(.*)~(\d+)~(\d+)(?:~\d+)?\.spans$/;

/** The name of an owner's journal. `part` tells several of one owner apart. */
export function journalName(service: string, owner: Owner, part?: number): string {
  const more = part === undefined ? '' : `~${part}`;
  return `${encodeURIComponent(service)}~${owner.pid}~${owner.started}${more}.spans`;
}

/** Whose journal a file is, by its name; undefined where it is none of the service. */
export function ownerOf(name: string, service: string): Owner | undefined {
  const match = pattern.exec(name);
  if (match === null || match[1] !== encodeURIComponent(service)) return undefined;
  return { pid: Number(match[2]), started: match[3] ?? '0' };
}
