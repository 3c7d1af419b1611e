import { join } from 'node:path';
import { runTool } from './run-tool.ts';
import { workspace } from './program-plans.ts';

/**
 * Lets the shipped program prepare a node: templates and all else that the Collector's data need.
 * The node of a stack has no security and no retention, and the program is told so.
 */
export async function putTemplates(url: string, env: NodeJS.ProcessEnv): Promise<void> {
  await runTool(process.execPath, [join(workspace, 'deploy', 'elasticsearch', 'init.ts')], {
    env: { ...env, ELASTICSEARCH_URL: url, RYZ_ES_SECURITY: 'off' },
    timeoutMs: 120_000,
  });
}
