import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { programsFolder, type ElasticsearchPin } from './pins.ts';
import { runTool } from './run-tool.ts';
import { findJava, findMaven } from './toolchain.ts';
import type { BuildOptions } from './go-programs.ts';

/** Name of the class that starts the node, and of its source. */
export const nodeClass = 'ElasticsearchNode';

/** Gathers the jars of the node in `folder` and compiles what starts it. */
export async function gatherElasticsearch(pin: ElasticsearchPin, options: BuildOptions): Promise<void> {
  const maven = findMaven(options.env);
  const java = findJava(pin.java, options.env);
  const source = join(programsFolder, 'elasticsearch');
  const { folder, env, progress } = options;
  const home = `-Dhome=${folder}`;
  await runTool(maven, ['-B', '-q', 'generate-resources', `-Delasticsearch.version=${pin.version}`, home], {
    cwd: source,
    env,
    onLine: progress,
  });
  const classes = join(folder, 'classes');
  mkdirSync(classes, { recursive: true });
  const compile = ['-cp', join(folder, 'lib', '*'), '-d', classes, join(source, `${nodeClass}.java`)];
  await runTool(join(java, 'bin', 'javac'), compile, { env, onLine: progress });
}
