import { runCli } from '../src/program.ts';

export interface CliRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliRunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly interrupted?: AbortSignal;
  /** Called with each piece of standard output. */
  readonly onStdout?: (text: string) => void;
}

/** Runs a command line in this process. */
export async function cliRun(args: readonly string[], options: CliRunOptions = {}): Promise<CliRun> {
  let stdout = '';
  let stderr = '';
  const code = await runCli(args, {
    env: options.env ?? {},
    stdin: (async function* () {
      yield options.stdin ?? '';
    })(),
    stdout: {
      write(text) {
        stdout += text;
        options.onStdout?.(text);
      },
    },
    stderr: { write: (text) => (stderr += text) },
    interrupted: options.interrupted ?? new AbortController().signal,
    version: '1.2.3',
  });
  return { code, stdout, stderr };
}
