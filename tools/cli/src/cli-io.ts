/** Where text goes; a terminal says how wide it is. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What a run of the command line has to do with the world. */
export interface CliIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Read where the prompt is `-`. */
  readonly stdin: AsyncIterable<Uint8Array | string>;
  /** Answers and JSON. */
  readonly stdout: Output;
  /** What is said about them, and errors. */
  readonly stderr: Output;
  /** Aborts at the first Ctrl-C. */
  readonly interrupted: AbortSignal;
  readonly version: string;
}

/** Ends a command with one sentence for its user and an exit code: 1 failed, 2 wrong usage, 130 interrupted. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Colours where the output is a terminal that has them; NO_COLOR and FORCE_COLOR decide otherwise. */
export function usesColors(output: Output, env: CliIo['env']): boolean {
  if ((env.NO_COLOR ?? '') !== '') return false;
  if ((env.FORCE_COLOR ?? '') !== '') return env.FORCE_COLOR !== '0';
  return output.isTTY === true && env.TERM !== 'dumb';
}

/** Columns to write in; 100 where nothing says how many there are. */
export function widthOf(output: Output, env: CliIo['env']): number {
  const told = output.columns ?? Number(env.COLUMNS);
  return Number.isInteger(told) && told > 0 ? told : 100;
}
