import { parseArgs } from 'node:util';

import { isGgmlType } from './ggml-type.ts';
import { exportTrainedModel } from './trained-model.ts';

const { values } = parseArgs({
  options: {
    dump: { type: 'string' },
    out: { type: 'string' },
    type: { type: 'string', default: 'TQ2_0' },
    name: { type: 'string', default: 'ryzanstein-tiny' },
  },
});
if (values.dump === undefined || values.out === undefined || !isGgmlType(values.type)) {
  throw new Error(
    'usage: export-main.ts --dump <folder> --out <file.gguf> [--type TQ2_0|TQ1_0|Q2_0|Q8_0|F16]',
  );
}
const bytes = exportTrainedModel({
  dumpFolder: values.dump,
  path: values.out,
  name: values.name,
  contextLength: 1024,
  linearType: values.type,
  embeddingType: values.type === 'F16' ? 'F16' : 'Q8_0',
});
process.stdout.write(`${values.out}: ${bytes} bytes\n`);
