import { startMesh, type RunningMesh } from '@ryzanstein/launcher';

/** The live mesh with its chat page, and where that is. */
export async function startChatMesh(
  env: Record<string, string> = {},
): Promise<{ mesh: RunningMesh; home: string; traces: string }> {
  const mesh = await startMesh({ env: { RYZ_THREADS: '1', RYZ_WEB_CHAT: '1', ...env } });
  const traces = `http://${mesh.addresses.tracebox?.ui}`;
  return { mesh, home: `http://${mesh.addresses.api.http}`, traces };
}
