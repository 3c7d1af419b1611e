import { durationTextMs, type Explanation, type Part } from '@ryzanstein/trace-analysis';
import pc from 'picocolors';
import { fitted, padded, printable } from '../trace/printable.ts';

export interface WhyLayout {
  readonly width: number;
  readonly colors: boolean;
}

/** An explanation as lines: the sentence, the cause, its parts with what the trace says of them. */
export function whyLines(explanation: Explanation, url: string, { width, colors }: WhyLayout): string[] {
  const paint = pc.createColors(colors);
  const { verdict, reason, comparedWith, missing, requestId, operation, model } = explanation;
  const facts = [
    ...(requestId === undefined ? [] : [`request ${requestId}`]),
    operation.replace(/^(?:[a-z][a-z0-9_]*\.)+(?=[A-Z]\w*\/)/, ''),
    ...(model === undefined ? [] : [model]),
  ];
  return [
    ...wrapped(printable(verdict), width).map(paint.bold),
    ...wrapped(printable(reason), width),
    paint.dim(fitted(printable(facts.join(' · ')), width)),
    '',
    ...partLines(explanation, width, paint),
    '',
    ...blockedLines(explanation, width),
    ...missing.flatMap((sentence) => wrapped(printable(sentence), width)).map(paint.yellow),
    ...wrapped(
      comparedWith === undefined
        ? 'Compared with none.'
        : `Usual is the median of ${comparedWith.traces} other request${comparedWith.traces === 1 ? '' : 's'} of this operation, ${durationTextMs(comparedWith.totalMs)} in all.`,
      width,
    ).map(paint.dim),
    paint.underline(url),
  ];
}

function partLines(
  { parts, comparedWith }: Explanation,
  width: number,
  paint: ReturnType<typeof pc.createColors>,
): string[] {
  const name = Math.min(44, Math.max(...parts.map((part) => part.name.length)));
  const usual = (part: Part): string =>
    comparedWith === undefined ? '' : durationTextMs(part.typicalMs ?? 0);
  const row = (cells: readonly [string, string, string, string, string]): string =>
    fitted(
      `${padded(cells[0], name)}  ${cells[1].padStart(5)}  ${cells[2].padStart(10)}  ${cells[3].padStart(comparedWith === undefined ? 0 : 10)}  ${cells[4]}`.trimEnd(),
      width,
    );
  const head = row(['part', '%', 'time', comparedWith === undefined ? '' : 'usual', '']);
  return [
    paint.dim(head),
    ...parts.flatMap((part) => [
      row([part.name, String(part.percent), durationTextMs(part.ms), usual(part), printable(part.words)]),
      ...part.evidence.map((line) => paint.dim(fitted(`  · ${printable(line)}`, width))),
    ]),
  ];
}

function blockedLines({ blocked: { count, ms, requests } }: Explanation, width: number): string[] {
  if (count === 0 && ms === 0) return [];
  const who = requests.length === 0 ? '' : `: ${requests.join(', ')}`;
  return wrapped(printable(`${count} waited behind it for ${durationTextMs(ms)}${who}.`), width);
}

/** Breaks at blanks; a word longer than the line is cut. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(fitted(word, width));
  }
  return lines;
}
