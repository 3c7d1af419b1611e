import { randomModel } from '@ryzanstein/train-model';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const cache = fileURLToPath(new URL('../../../.cache/models/', import.meta.url));

/** The model that the project ships. */
export const tinyModel = fileURLToPath(
  new URL('../../../apps/inference-engine/models/ryzanstein-tiny.gguf', import.meta.url),
);

/** A model of random weights with about 100 million parameters, made at first use and kept. */
export function hundredMillionModel(): string {
  const path = `${cache}random-100m-Q8_0.gguf`;
  if (!existsSync(path)) {
    mkdirSync(cache, { recursive: true });
    randomModel({ path: `${path}.part`, parameters: 100_000_000, type: 'Q8_0' });
    renameSync(`${path}.part`, path);
  }
  return path;
}
