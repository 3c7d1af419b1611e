import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { isNotable, noticeText, readLogLine } from './log-lines.ts';
import type { Screen } from './screen.ts';

/** Where the processes' output goes: each line to a file per process, its warnings and errors, cut to one line, to the screen too. */
export interface ProcessLogs {
  take(name: string, line: string): void;
  close(): Promise<void>;
}

/** Begins the files anew; what a run before wrote is gone. */
export function openProcessLogs(folder: string, screen: Screen): ProcessLogs {
  mkdirSync(folder, { recursive: true });
  const files = new Map<string, WriteStream>();
  const fileOf = (name: string): WriteStream => {
    const file = files.get(name) ?? createWriteStream(join(folder, `${name}.log`));
    // A full disk must not end the mesh.
    if (!files.has(name)) file.on('error', () => {});
    files.set(name, file);
    return file;
  };
  return {
    take(name, line) {
      fileOf(name).write(`${line}\n`);
      const record = readLogLine(line);
      if (record === undefined || !isNotable(record)) return;
      const { red, yellow, dim } = screen.colors;
      const room = screen.width - name.length - 9;
      const text = noticeText(record).replace(/\s+/g, ' ').slice(0, Math.max(room, 20));
      const mark = record.level === 'warn' ? yellow('warn ') : red('error');
      screen.notice(`  ${mark} ${dim(name)} ${text}`);
    },
    async close() {
      await Promise.all([...files.values()].map((file) => new Promise((resolve) => file.end(resolve))));
    },
  };
}
