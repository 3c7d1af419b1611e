import { readFileSync } from 'node:fs';

import { fromHalfBits, toHalfBits } from './half-float.ts';
import { quantise } from './quantise.ts';
import { isGgmlType, type GgmlType } from './ggml-type.ts';

interface Stored {
  readonly type: string;
  readonly values: string;
  readonly bytes: string;
}

function typed(name: string): GgmlType {
  if (!isGgmlType(name)) throw new Error(`no type ${name}`);
  return name;
}

const STORED = JSON.parse(
  readFileSync(new URL('../fixtures/quantised.json', import.meta.url), 'utf8'),
) as Stored[];

describe('quantise', () => {
  it.each(STORED.map((stored): [string, Stored] => [stored.type, stored]))(
    'gives the bytes of gguf-py for %s',
    (_, stored) => {
      const raw = Buffer.from(stored.values, 'base64');
      const values = new Float32Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength));
      expect(Buffer.from(quantise(typed(stored.type), values)).toString('base64')).toBe(stored.bytes);
    },
  );

  it('packs four ternary neighbours to a byte in Q2_0, lowest first', () => {
    const values = new Float32Array(64);
    values.set([-0.5, 0, 0.5, 0.5]);
    const bytes = quantise('Q2_0', values);
    expect(bytes[2]).toBe(0b10_10_01_00);
    expect([...bytes.subarray(3)].every((byte) => byte === 0b01_01_01_01)).toBe(true);
    expect(fromHalfBits((bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8))).toBe(0.5);
  });
});

describe('half precision', () => {
  it('gives back every finite half', () => {
    for (let bits = 0; bits < 0x7c00; bits++) {
      if (toHalfBits(fromHalfBits(bits)) !== bits) throw new Error(`half ${bits}`);
    }
  });

  it.each([
    [65_504, 0x7bff],
    [65_520, 0x7c00],
    [-Infinity, 0xfc00],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2 ** -25, 0x0000],
    [2 ** -24, 0x0001],
    [-0, 0x8000],
  ])('rounds %d to the nearest, ties to even', (value, bits) => {
    expect(toHalfBits(value)).toBe(bits);
  });
});
