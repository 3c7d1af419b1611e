const secrets = new Set<string>();

// A shorter one may stand in anything.
const minLength = 4;

/**
 * Names texts of users that must stand in no span, metric or log from here on: what a test asks a
 * model, and what that answers. One of less than four characters is no text. Returns the first.
 *
 * @example
 * const prompt = secret('What is a span?');
 */
export function secret(text: string, ...more: readonly string[]): string {
  for (const one of [text, ...more]) if (one.trim().length >= minLength) secrets.add(one.trim());
  return text;
}

/** A sentence for each secret that stands in `text`; none repeats it. */
export function contentProblems(text: string, where: string): string[] {
  const found = [...secrets].filter((one) => text.includes(one));
  return found.map((one) => `${where} holds a text of a user (${one.length} characters)`);
}
