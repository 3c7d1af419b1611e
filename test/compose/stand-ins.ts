/** Builds the real programs where they are not there yet, and makes images of them. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findJava, obtainPrograms, readPins } from '@ryzanstein/stack';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const programs = await obtainPrograms({ progress: say });
const folder = mkdtempSync(join(tmpdir(), 'ryzanstein-images-'));
try {
  copyFileSync(programs.binary('otelcol', 'otelcol'), join(folder, 'otelcol'));
  copyFileSync(programs.binary('jaeger', 'jaeger'), join(folder, 'jaeger'));
  for (const name of ['prometheus', 'promtool'])
    copyFileSync(programs.binary('prometheus', name), join(folder, name));
  const script = fileURLToPath(new URL('stand-in-images.sh', import.meta.url));
  execFileSync(
    'bash',
    [
      script,
      folder,
      programs.binary('elasticsearch', ''),
      findJava(readPins().elasticsearch.java, process.env),
    ],
    {
      stdio: 'inherit',
    },
  );
} finally {
  rmSync(folder, { recursive: true });
}
