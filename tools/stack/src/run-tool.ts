import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

/** A tool ended badly; the message ends with what it said last. */
export class ToolFailed extends Error {
  override readonly name = 'ToolFailed';
  readonly output: string;

  constructor(command: string, outcome: string, output: string) {
    super(`\`${command}\` ${outcome}:\n${output.split('\n').slice(-12).join('\n')}`);
    this.output = output;
  }
}

/** How to run a tool. */
export interface ToolOptions {
  readonly cwd?: string;
  /** The whole environment; default this process's. */
  readonly env?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
  /** Takes each line while the tool runs. */
  readonly onLine?: (line: string) => void;
}

/**
 * Runs a tool to its end and gives what it wrote, standard error included.
 *
 * @throws ToolFailed where it cannot be started, ends with another code than 0, or is late
 */
export async function runTool(
  command: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<string> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs, killSignal: 'SIGKILL' }),
  });
  let output = '';
  const take = (colored: string): void => {
    const text = stripVTControlCharacters(colored);
    output += text;
    for (const line of text.split('\n')) if (line.trim() !== '') options.onLine?.(line);
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  const outcome = await new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(`could not be started (${error.message})`));
    child.once('close', (code, signal) =>
      resolve(
        code === 0 ? undefined : signal === null ? `ended with code ${code}` : `was ended by ${signal}`,
      ),
    );
  });
  if (outcome !== undefined) throw new ToolFailed([command, ...args].join(' '), outcome, output.trim());
  return output;
}
