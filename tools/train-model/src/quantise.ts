import { GGML_TYPES, tensorBytes, type GgmlType } from './ggml-type.ts';
import { toHalfBits } from './half-float.ts';

// Taken once: where globals are looked up through a proxy, as in a test runner's sandbox, each use costs.
const { abs, floor, fround } = Math;

type BlockWriter = (values: Float32Array, from: number, out: DataView, at: number) => void;

/**
 * Stores values in a ggml type. The bytes of Q8_0, TQ1_0 and TQ2_0 are those of llama.cpp's own
 * `gguf` package, so every step rounds to single precision where that one does.
 */
export function quantise(type: GgmlType, values: Float32Array): Uint8Array {
  const { blockElements, blockBytes } = GGML_TYPES[type];
  const bytes = new Uint8Array(tensorBytes(type, [values.length]));
  const out = new DataView(bytes.buffer);
  const writeBlock = BLOCK_WRITERS[type];
  for (let from = 0, at = 0; from < values.length; from += blockElements, at += blockBytes) {
    writeBlock(values, from, out, at);
  }
  return bytes;
}

const BLOCK_WRITERS: Record<GgmlType, BlockWriter> = {
  F32: (values, from, out, at) => out.setFloat32(at, values[from] ?? 0, true),
  F16: (values, from, out, at) => out.setUint16(at, toHalfBits(values[from] ?? 0), true),
  Q8_0: writeQ8,
  TQ1_0: writeTq1,
  TQ2_0: writeTq2,
  Q2_0: writeQ2,
};

function largestMagnitude(values: Float32Array, from: number, count: number): number {
  let largest = 0;
  for (let i = from; i < from + count; i++) {
    const magnitude = abs(values[i] ?? 0);
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}

function inverse(scale: number): number {
  return scale === 0 ? 0 : fround(1 / scale);
}

/** C's roundf: halves go away from zero. `Math.round` sends them up. */
function rounded(value: number): number {
  const magnitude = abs(value);
  const whole = floor(magnitude);
  const nearest = magnitude - whole >= 0.5 ? whole + 1 : whole;
  return value < 0 ? -nearest : nearest;
}

function writeQ8(values: Float32Array, from: number, out: DataView, at: number): void {
  const scale = fround(largestMagnitude(values, from, 32) / 127);
  const factor = inverse(scale);
  out.setUint16(at, toHalfBits(scale), true);
  for (let i = 0; i < 32; i++) out.setInt8(at + 2 + i, rounded(fround((values[from + i] ?? 0) * factor)));
}

/** 0, 1 or 2 for a value of about -scale, 0 or +scale. */
function trit(values: Float32Array, index: number, factor: number): number {
  return rounded(fround((values[index] ?? 0) * factor)) + 1;
}

/** Two halves of 128 values; each byte holds four values that lie 32 apart, lowest first. */
function writeTq2(values: Float32Array, from: number, out: DataView, at: number): void {
  const scale = largestMagnitude(values, from, 256);
  const factor = inverse(scale);
  for (let half = 0; half < 2; half++) {
    for (let i = 0; i < 32; i++) {
      const first = from + half * 128 + i;
      let byte = 0;
      for (let k = 0; k < 4; k++) byte |= trit(values, first + k * 32, factor) << (2 * k);
      out.setUint8(at + half * 32 + i, byte);
    }
  }
  out.setUint16(at + 64, toHalfBits(scale), true);
}

/** Five trits to a byte as a fraction of 243, scaled to 256, so that multiplying by three reads them back. */
function packedTrits(base3: number): number {
  return floor((base3 * 256 + 242) / 243) & 0xff;
}

function writeTq1(values: Float32Array, from: number, out: DataView, at: number): void {
  const scale = largestMagnitude(values, from, 256);
  const factor = inverse(scale);
  const packed = (first: number, stride: number, count: number): number => {
    let base3 = 0;
    for (let k = 0; k < 5; k++)
      base3 = base3 * 3 + (k < count ? trit(values, first + k * stride, factor) : 0);
    return packedTrits(base3);
  };
  for (let i = 0; i < 32; i++) out.setUint8(at + i, packed(from + i, 32, 5));
  for (let i = 0; i < 16; i++) out.setUint8(at + 32 + i, packed(from + 160 + i, 16, 5));
  for (let i = 0; i < 4; i++) out.setUint8(at + 48 + i, packed(from + 240 + i, 4, 4));
  out.setUint16(at + 52, toHalfBits(scale), true);
}

/** Four neighbours to a byte, lowest first. */
function writeQ2(values: Float32Array, from: number, out: DataView, at: number): void {
  const scale = largestMagnitude(values, from, 64);
  const factor = inverse(scale);
  out.setUint16(at, toHalfBits(scale), true);
  for (let i = 0; i < 16; i++) {
    let byte = 0;
    for (let k = 0; k < 4; k++) byte |= trit(values, from + 4 * i + k, factor) << (2 * k);
    out.setUint8(at + 2 + i, byte);
  }
}
