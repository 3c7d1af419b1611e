import { startMesh, type RunningMesh } from '@ryzanstein/launcher';

/** The live mesh with its chat page, and where that and its traces are. */
export interface ChatMesh {
  readonly mesh: RunningMesh;
  readonly home: string;
  readonly traces: string;
}

/** Starts one with these variables. */
export async function startChatMesh(env: Record<string, string> = {}): Promise<ChatMesh> {
  const mesh = await startMesh({ env: { RYZ_THREADS: '1', RYZ_WEB_CHAT: '1', ...env } });
  const traces = `http://${mesh.addresses.tracebox?.ui}`;
  return { mesh, home: `http://${mesh.addresses.api.http}`, traces };
}
