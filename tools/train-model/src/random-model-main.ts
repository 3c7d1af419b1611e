import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { isGgmlType } from './ggml-type.ts';
import { randomModel } from './random-model.ts';

const USAGE = `Writes a GGUF model of random weights.

  --size <n>      parameters, with k, m or b behind the number: 10m, 100m, 1.5b
  --type <type>   TQ2_0 (default), TQ1_0, Q2_0, Q8_0, F16 or F32
  --out <file>    where to write it
  --arch <arch>   bitnet (default) or llama
  --context <n>   context length in tokens (default 2048)
  --seed <n>      default 1
`;

const UNITS: Record<string, number> = { k: 1e3, m: 1e6, b: 1e9 };

function parameterCount(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([kmb]?)$/i.exec(text);
  if (match === null) return undefined;
  return Math.round(Number(match[1]) * (UNITS[(match[2] ?? '').toLowerCase()] ?? 1));
}

const { values } = parseArgs({
  options: {
    size: { type: 'string' },
    type: { type: 'string', default: 'TQ2_0' },
    out: { type: 'string' },
    arch: { type: 'string', default: 'bitnet' },
    context: { type: 'string', default: '2048' },
    seed: { type: 'string', default: '1' },
  },
});
const parameters = parameterCount(values.size ?? '');
const { type, arch, out } = values;
if (
  parameters === undefined ||
  out === undefined ||
  !isGgmlType(type) ||
  (arch !== 'bitnet' && arch !== 'llama')
) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else {
  const contextLength = Number(values.context);
  // npm runs a workspace's script in the workspace; a relative path means the caller's folder.
  const path = resolve(process.env['INIT_CWD'] ?? '.', out);
  const made = randomModel({ path, parameters, type, arch, contextLength, seed: Number(values.seed) });
  process.stdout.write(`${JSON.stringify(made)}\n`);
}
