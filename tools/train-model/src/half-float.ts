const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The bits of the nearest half-precision number; ties go to the even one, as in hardware. */
export function toHalfBits(value: number): number {
  float[0] = value;
  const single = bits[0] ?? 0;
  const sign = (single >>> 16) & 0x8000;
  const rawExponent = (single >>> 23) & 0xff;
  let mantissa = single & 0x7fffff;
  if (rawExponent === 0xff) return sign | 0x7c00 | (mantissa === 0 ? 0 : 0x200);
  const exponent = rawExponent - 112;
  if (exponent >= 31) return sign | 0x7c00;
  if (exponent < -10) return sign;
  let drop = 13;
  let half = exponent << 10;
  if (exponent <= 0) {
    // Subnormal: the implicit leading one becomes visible and moves right.
    mantissa |= 0x800000;
    drop = 14 - exponent;
    half = 0;
  }
  half += mantissa >>> drop;
  const rest = mantissa & ((1 << drop) - 1);
  const middle = 1 << (drop - 1);
  if (rest > middle || (rest === middle && (half & 1) === 1)) half++;
  return sign | half;
}

export function fromHalfBits(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : NaN;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}
