import pc from 'picocolors';

/** Where text goes; a terminal says how wide it is. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What a user of the launcher sees. */
export interface Screen {
  readonly width: number;
  readonly colors: ReturnType<typeof pc.createColors>;
  readonly hasColors: boolean;
  line(text?: string): void;
  /** One step of the start, how long it took and what came of it. */
  step(name: string, tookMs: number, detail?: string): void;
  /** Text as it is, without a line break of its own; notices wait until the next `line`. */
  stream(text: string): void;
  /** Something that happened meanwhile. */
  notice(text: string): void;
}

const nameWidth = 18;
const narrowest = 40;
const unknownWidth = 100;

export function createScreen(output: Output, env: Readonly<Record<string, string | undefined>>): Screen {
  const hasColors = wantsColors(output, env);
  const colors = pc.createColors(hasColors);
  const told = output.columns ?? Number(env.COLUMNS);
  const width = Number.isInteger(told) && told > 0 ? Math.max(narrowest, told) : unknownWidth;
  let streaming = false;
  let held: string[] = [];

  const line = (text = ''): void => {
    output.write(`${text}\n`);
    streaming = false;
    const waiting = held;
    held = [];
    waiting.forEach(notice);
  };
  const notice = (text: string): void => {
    if (streaming) held.push(text);
    else output.write(`${text}\n`);
  };
  return {
    width,
    colors,
    hasColors,
    line,
    notice,
    step(name, tookMs, detail = '') {
      const took = colors.dim(`${(tookMs / 1_000).toFixed(1)} s`.padStart(7));
      line(`  ${name.padEnd(nameWidth)}${took}  ${detail}`.trimEnd());
    },
    stream(text) {
      streaming = true;
      output.write(text);
    },
  };
}

function wantsColors(output: Output, env: Readonly<Record<string, string | undefined>>): boolean {
  if ((env.NO_COLOR ?? '') !== '') return false;
  if ((env.FORCE_COLOR ?? '') !== '') return env.FORCE_COLOR !== '0';
  return output.isTTY === true && env.TERM !== 'dumb';
}
