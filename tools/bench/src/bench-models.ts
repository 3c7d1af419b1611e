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
  return kept('random-100m-Q8_0.gguf', 100_000_000);
}

/** A small model whose answers end at their limit alone, of up to 8,192 tokens; made at first use and kept. */
export function endlessModel(): string {
  return kept('random-1m-Q8_0-8192.gguf', 1_000_000, 8_192);
}

function kept(file: string, parameters: number, contextLength?: number): string {
  const path = `${cache}${file}`;
  if (!existsSync(path)) {
    mkdirSync(cache, { recursive: true });
    const context = contextLength === undefined ? {} : { contextLength };
    randomModel({ path: `${path}.part`, parameters, type: 'Q8_0', ...context });
    renameSync(`${path}.part`, path);
  }
  return path;
}
