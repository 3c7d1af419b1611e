import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What the guard is told. */
export type GuardMessage =
  | { readonly type: 'own' | 'disown'; readonly pid: number }
  | { readonly type: 'folder'; readonly path: string };

/** A process of its own that ends what this one has started, once this one is gone. */
export interface Guard {
  /** The process must not outlive this one. */
  own(pid: number): void;
  /** It has ended: its number may be another's soon. */
  disown(pid: number): void;
  /** Is removed together with the last process. */
  folder(path: string): void;
  /** Ends the guard. */
  release(): void;
}

/**
 * Starts a guard. It learns of the end of this process by the end of their channel, which the system
 * closes whatever happens, and stands in a session of its own, so that what ends this one leaves it.
 */
export function startGuard(): Guard {
  const child = fork(fileURLToPath(new URL('./guard-main.ts', import.meta.url)), {
    detached: true,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  child.unref();
  child.channel?.unref();
  const tell = (message: GuardMessage): void => {
    if (child.connected) child.send(message, () => {});
  };
  return {
    own: (pid) => tell({ type: 'own', pid }),
    disown: (pid) => tell({ type: 'disown', pid }),
    folder: (path) => tell({ type: 'folder', path }),
    release() {
      if (child.connected) child.disconnect();
    },
  };
}
