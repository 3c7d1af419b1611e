/**
 * Keeps control texts that a user wrote from becoming control tokens.
 *
 * A character that no content has is put inside each control text of a content. The rendered
 * template is cut there before it is tokenised, so no piece has a whole control text that the
 * template itself did not write, and everything else is tokenised as in training.
 */
export interface Fence {
  /** The content with every control text, or part of one at its ends, broken up. */
  guard(content: string): string;
  /** The rendered text cut at the fences. */
  cut(rendered: string): readonly string[];
}

/** Makes fences for a vocabulary's control texts; each request needs its own, for its own contents. */
export function createFencing(controlTexts: readonly string[]): (contents: readonly string[]) => Fence {
  if (controlTexts.length === 0)
    return () => ({ guard: (content) => content, cut: (rendered) => [rendered] });
  const anywhere = new RegExp(`(?=${controlTexts.map(escaped).join('|')})([\\s\\S])`, 'gu');
  const endings = new Set<string>();
  const beginnings = new Set<string>();
  for (const text of controlTexts) {
    for (let cut = 1; cut < text.length; cut++) {
      beginnings.add(text.slice(0, cut));
      endings.add(text.slice(cut));
    }
  }
  const longest = controlTexts.reduce((length, text) => Math.max(length, text.length), 0);
  // A template could end with "<|" just before a content "user|>", or stand round a content "user".
  const completesBefore = (content: string): boolean =>
    some(longest, (n) => endings.has(content.slice(0, n))) ||
    (content.length < longest && controlTexts.some((text) => text.includes(content)));
  const beginsAfter = (content: string): boolean => some(longest, (n) => beginnings.has(content.slice(-n)));

  return (contents) => {
    const mark = unusedCharacter(contents);
    return {
      guard(content) {
        if (content === '') return '';
        const broken = content.replace(anywhere, `$1${mark}`);
        return `${completesBefore(content) ? mark : ''}${broken}${beginsAfter(content) ? mark : ''}`;
      },
      cut: (rendered) => rendered.split(mark).filter((piece) => piece !== ''),
    };
  };
}

function some(limit: number, holds: (length: number) => boolean): boolean {
  for (let length = 1; length < limit; length++) if (holds(length)) return true;
  return false;
}

/** The first private-use character that stands in none of the contents. */
function unusedCharacter(contents: readonly string[]): string {
  for (let code = 0xe000; code <= 0xf8ff; code++) {
    const character = String.fromCharCode(code);
    if (!contents.some((content) => content.includes(character))) return character;
  }
  throw new RangeError('the messages use every private-use character');
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
