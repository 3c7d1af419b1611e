/** How ggml stores tensors: the type's number in a file, and the size of its blocks. */
export interface Storage {
  readonly id: number;
  /** Elements per block; the first dimension of a tensor must be a multiple of it. */
  readonly blockElements: number;
  readonly blockBytes: number;
}

export const GGML_TYPES = {
  F32: { id: 0, blockElements: 1, blockBytes: 4 },
  F16: { id: 1, blockElements: 1, blockBytes: 2 },
  Q8_0: { id: 8, blockElements: 32, blockBytes: 34 },
  TQ1_0: { id: 34, blockElements: 256, blockBytes: 54 },
  TQ2_0: { id: 35, blockElements: 256, blockBytes: 66 },
  Q2_0: { id: 42, blockElements: 64, blockBytes: 18 },
} as const satisfies Record<string, Storage>;

export type GgmlType = keyof typeof GGML_TYPES;

export function isGgmlType(name: string): name is GgmlType {
  return Object.hasOwn(GGML_TYPES, name);
}

/**
 * Bytes of a tensor in a file.
 * @param dims In ggml's order: the innermost (contiguous) dimension first.
 */
export function tensorBytes(type: GgmlType, dims: readonly number[]): number {
  const { blockElements, blockBytes } = GGML_TYPES[type];
  const inner = dims[0] ?? 0;
  if (inner % blockElements !== 0) {
    throw new RangeError(
      `${type} needs a first dimension that is a multiple of ${blockElements}, not ${inner}`,
    );
  }
  return (dims.reduce((product, size) => product * size, 1) / blockElements) * blockBytes;
}
