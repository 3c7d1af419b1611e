/**
 * Text from elsewhere, safe to print on one line of a terminal: what would move the cursor,
 * colour the screen or turn the reading direction becomes a dot, line breaks become blanks.
 */
export function printable(text: string): string {
  return text.replace(/[\r\n\t]+/g, ' ').replace(/[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, '·');
}

/** Cuts to at most `width` characters, the last one an ellipsis where something was cut. */
export function fitted(text: string, width: number): string {
  const characters = [...text];
  if (characters.length <= width) return text;
  return width <= 0 ? '' : `${characters.slice(0, width - 1).join('')}…`;
}

/** Cuts or fills with blanks to exactly `width` characters. */
export function padded(text: string, width: number): string {
  const cut = fitted(text, width);
  return cut + ' '.repeat(Math.max(0, width - [...cut].length));
}
