// Hues far apart, with red left out: red means error.
const hues = [165, 262, 65, 310, 215, 110, 340, 190, 285, 90];

/** The mesh's own services keep one colour everywhere. */
const known: Readonly<Record<string, number>> = {
  'ryzanstein-api': 288,
  'ryzanstein-gpu': 55,
  'ryzanstein-inference': 215,
  // What a page saw itself.
  'this page': 155,
};

/** The hue of a service, the same on every page. */
export function hueOf(service: string): number {
  const own = known[service];
  if (own !== undefined) return own;
  let sum = 7;
  for (const letter of service) sum = (Math.imul(sum, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return hues[sum % hues.length] ?? 165;
}

/** A style that sets the colour of what stands in it. */
export function serviceStyle(service: string): Record<string, string> {
  return { '--hue': String(hueOf(service)) };
}
