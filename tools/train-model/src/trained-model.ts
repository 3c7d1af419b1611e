import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { GgmlType } from './ggml-type.ts';
import { writeGguf, type Tensor } from './gguf-writer.ts';
import { metadataOf, type NetworkShape } from './tiny-format.ts';

/** What the trainer writes: `weights.json`, which says where each tensor lies in `weights.f32`. */
export interface TrainedModel {
  readonly shape: NetworkShape & { readonly vocabulary: number };
  readonly normEpsilon: number;
  readonly ropeBase: number;
  readonly tokens: readonly string[];
  readonly specialTokens: readonly string[];
  readonly merges: readonly (readonly [string, string])[];
  readonly tensors: readonly {
    readonly name: string;
    /** Outermost dimension first, as numpy has it. */
    readonly shape: readonly number[];
    /** In bytes. */
    readonly offset: number;
    readonly linear: boolean;
  }[];
}

export interface ExportOptions {
  readonly dumpFolder: string;
  readonly path: string;
  readonly name: string;
  readonly contextLength: number;
  /** Of the linear layers. The weights are ternary already: TQ1_0, TQ2_0 and Q2_0 keep them exactly. */
  readonly linearType: GgmlType;
  readonly embeddingType: GgmlType;
}

/** Turns the trainer's dump into a model file and returns its size in bytes. */
export function exportTrainedModel(options: ExportOptions): number {
  const trained = JSON.parse(readFileSync(join(options.dumpFolder, 'weights.json'), 'utf8')) as TrainedModel;
  const raw = readFileSync(join(options.dumpFolder, 'weights.f32'));
  const weights = raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength);
  const tensors = trained.tensors.map((tensor): Tensor => {
    const elements = tensor.shape.reduce((product, size) => product * size, 1);
    return {
      name: `${tensor.name}.weight`,
      dims: [...tensor.shape].reverse(),
      type: tensor.linear ? options.linearType : tensor.shape.length === 1 ? 'F32' : options.embeddingType,
      values: () => new Float32Array(weights, tensor.offset, elements),
    };
  });
  const metadata = metadataOf({
    name: options.name,
    architecture: 'bitnet',
    shape: trained.shape,
    vocabulary: trained,
    contextLength: options.contextLength,
    normEpsilon: trained.normEpsilon,
    ropeBase: trained.ropeBase,
  });
  return writeGguf(options.path, { metadata, tensors });
}
