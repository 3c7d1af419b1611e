import { rmSync } from 'node:fs';
import type { GuardMessage } from './guard.ts';

const owned = new Set<number>();
const folders: string[] = [];

process.on('message', (message: GuardMessage) => {
  if (message.type === 'folder') folders.push(message.path);
  else if (message.type === 'own') owned.add(message.pid);
  else owned.delete(message.pid);
});

process.on('disconnect', () => {
  for (const pid of owned) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }
  // What was killed may still write for a moment.
  for (const folder of folders)
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  process.exit(0);
});
