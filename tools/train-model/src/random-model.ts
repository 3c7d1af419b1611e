import { writeGguf, type Tensor } from './gguf-writer.ts';
import type { GgmlType } from './ggml-type.ts';
import { randomVocabulary, SAMPLED_TOKENS } from './random-vocabulary.ts';
import { metadataOf, type Architecture, type NetworkShape } from './tiny-format.ts';
import { WeightSource } from './weight-source.ts';

export interface RandomModelOptions {
  readonly path: string;
  /** About how many; the shape is chosen to come close. The smallest shape has about 0.6 million. */
  readonly parameters: number;
  /** Of the linear layers; norms are F32 and the embedding Q8_0 (F16 and F32 for those types). */
  readonly type: GgmlType;
  /** Default `bitnet`. */
  readonly arch?: Architecture;
  /** In tokens; default 2048. */
  readonly contextLength?: number;
  /** Metadata keys to leave out, with or without the architecture's prefix: `block_count`. Makes files that a loader must refuse. */
  readonly dropKeys?: readonly string[];
  /** Tensors to leave out by full name: `blk.0.ffn_up.weight`. */
  readonly dropTensors?: readonly string[];
  /** Default 1. The same options give the same bytes. */
  readonly seed?: number;
}

export interface RandomModel {
  readonly path: string;
  readonly bytes: number;
  /** As written, without dropped tensors. */
  readonly parameters: number;
  readonly shape: NetworkShape;
}

const NAME = 'ryzanstein-random';
const HEAD_WIDTH = 64;
/** TQ1_0 and TQ2_0 come in blocks of 256, so every width is a multiple of it. */
const WIDTH_STEP = 256;

/**
 * Writes a model of random weights that loads and decodes like a trained one of its size: it is for
 * measuring, and for tests of what a loader does with broken files.
 *
 * Its output is printable ASCII without meaning, and it never ends by itself: the rows of the end
 * tokens are zero, so that some other token always scores higher.
 *
 * @example
 * randomModel({ path: '/tmp/10m.gguf', parameters: 10_000_000, type: 'TQ2_0' });
 */
export function randomModel(options: RandomModelOptions): RandomModel {
  const arch = options.arch ?? 'bitnet';
  const vocabulary = randomVocabulary();
  const shape = shapeFor(options.parameters, vocabulary.tokens.length);
  const metadata = metadataOf({
    name: NAME,
    architecture: arch,
    shape,
    vocabulary,
    contextLength: options.contextLength ?? 2048,
    normEpsilon: 1e-5,
    ropeBase: 10_000,
  });
  for (const key of options.dropKeys ?? []) {
    if (!metadata.delete(key) && !metadata.delete(`${arch}.${key}`))
      throw new RangeError(`no metadata key ${key}`);
  }
  const all = tensorsOf(
    shape,
    arch,
    options.type,
    vocabulary.tokens.length,
    new WeightSource(options.seed ?? 1),
  );
  for (const name of options.dropTensors ?? []) {
    if (!all.some((tensor) => tensor.name === name)) throw new RangeError(`no tensor ${name}`);
  }
  const tensors = all.filter((tensor) => options.dropTensors?.includes(tensor.name) !== true);
  const bytes = writeGguf(options.path, { metadata, tensors });
  return {
    path: options.path,
    bytes,
    parameters: tensors.reduce((sum, t) => sum + elements(t.dims), 0),
    shape,
  };
}

/** Of all widths, the one whose layer count is closest to width / 64: neither a needle nor a pancake. */
function shapeFor(parameters: number, vocabulary: number): NetworkShape {
  let best: NetworkShape | undefined;
  let bestDistance = Infinity;
  for (let width = WIDTH_STEP; width <= 8192; width += WIDTH_STEP) {
    // Below one full layer of the smallest width the hidden layer shrinks first.
    const hidden = parameters < 900_000 ? WIDTH_STEP : 3 * width;
    const perLayer = 4 * width * width + 3 * width * hidden;
    const layers = Math.max(1, Math.round((parameters - vocabulary * width) / perLayer));
    const distance = Math.abs(Math.log((layers * HEAD_WIDTH) / width));
    const overshoot = Math.max(0, Math.log((layers * perLayer + vocabulary * width) / parameters) - 0.1);
    if (distance + 100 * overshoot >= bestDistance) continue;
    bestDistance = distance + 100 * overshoot;
    best = { width, heads: width / HEAD_WIDTH, hidden, layers };
  }
  if (best === undefined) throw new RangeError(`no shape for ${parameters} parameters`);
  return best;
}

function tensorsOf(
  shape: NetworkShape,
  arch: Architecture,
  type: GgmlType,
  vocabulary: number,
  weights: WeightSource,
): Tensor[] {
  const { width, hidden } = shape;
  const embeddingType = type === 'F16' || type === 'F32' ? type : 'Q8_0';
  const ternary = type === 'TQ1_0' || type === 'TQ2_0' || type === 'Q2_0';
  const norm = (name: string, size: number): Tensor => ({
    name: `${name}.weight`,
    dims: [size],
    type: 'F32',
    values: () => new Float32Array(size).fill(1),
  });
  const linear = (name: string, inputs: number, outputs: number): Tensor => ({
    name: `${name}.weight`,
    dims: [inputs, outputs],
    type,
    values: () => {
      const deviation = inputs ** -0.5;
      return ternary
        ? weights.ternary(inputs * outputs, deviation)
        : weights.normal(inputs * outputs, deviation);
    },
  });
  const embedding: Tensor = {
    name: 'token_embd.weight',
    dims: [width, vocabulary],
    type: embeddingType,
    values: () => {
      const values = weights.normal(vocabulary * width, 0.1);
      for (let id = 0; id < vocabulary; id++) {
        if (!SAMPLED_TOKENS.has(id)) values.fill(0, id * width, (id + 1) * width);
      }
      return values;
    },
  };
  const layers = Array.from({ length: shape.layers }, (_, layer) => {
    const block = `blk.${layer}`;
    return [
      norm(`${block}.attn_norm`, width),
      linear(`${block}.attn_q`, width, width),
      linear(`${block}.attn_k`, width, width),
      linear(`${block}.attn_v`, width, width),
      linear(`${block}.attn_output`, width, width),
      norm(`${block}.ffn_norm`, width),
      linear(`${block}.ffn_gate`, width, hidden),
      linear(`${block}.ffn_up`, width, hidden),
      linear(`${block}.ffn_down`, hidden, width),
      ...(arch === 'bitnet'
        ? [norm(`${block}.attn_sub_norm`, width), norm(`${block}.ffn_sub_norm`, hidden)]
        : []),
    ];
  });
  return [embedding, norm('output_norm', width), ...layers.flat()];
}

function elements(dims: readonly number[]): number {
  return dims.reduce((product, size) => product * size, 1);
}
